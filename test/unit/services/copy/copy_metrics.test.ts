import { expect, test } from 'vitest'
import { epochMs, type TableVersion } from '#runtime/units'
import { CopyMetrics } from '#services/copy/copy_metrics'

const version = (number: number) => number as TableVersion

test('what is shown has a family, and follows the passes', () => {
  const metrics = new CopyMetrics()
  const shown = (name: string) => metrics.read().find((sample) => sample.name === name)?.value
  expect(metrics.read()).toEqual([])

  const pass = { files: 1, filesPlanned: 4, bytes: 10, bytesPlanned: 40 }
  metrics.progress('stocks', { version: undefined, to: version(9), ...pass })
  expect(shown('copy_versions_behind')).toBe(10)
  expect(shown('copy_version')).toBeUndefined()
  metrics.progress('stocks', { version: version(4), to: version(9), ...pass })
  expect(shown('copy_versions_behind')).toBe(5)
  expect(shown('copy_pass_done_bytes')).toBe(10)
  expect(shown('copy_pass_planned_bytes')).toBe(40)

  metrics.failure('stocks')
  expect(shown('copy_failures_total')).toBe(1)
  expect(shown('copy_pass_planned_bytes')).toBe(0)
  expect(shown('copy_versions_behind')).toBe(5)

  const counts = { entries: 5, files: 4, bytes: 40, skippedFiles: 0, checkpoints: 0, inCommitTimestamps: false }
  const protocol = { minReaderVersion: 1, minWriterVersion: 2 }
  const format = { provider: 'parquet', options: {} }
  const metadata = { id: 'x', format, schemaString: '', partitionColumns: [], configuration: {} }
  metrics.pass('stocks', { from: version(4), to: version(9), ...counts, protocol, metadata }, epochMs(12_500))
  expect(shown('copy_versions_behind')).toBe(0)
  expect(shown('copy_version')).toBe(9)
  expect(shown('copy_bytes_total')).toBe(40)
  expect(shown('copy_last_pass_timestamp_seconds')).toBe(12.5)

  const families = new Set(metrics.families.map(({ name }) => name))
  expect(metrics.read().filter(({ name }) => !families.has(name))).toEqual([])
  expect(metrics.read().length).toBe(families.size)
})
