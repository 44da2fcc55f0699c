// What a partition's bounded run leaves: its bars, and a state from which the next run goes on.

import { describe, expect, test } from 'vitest'
import { METADATA_BYTES_MAX } from '#log/event_log'
import { BARS_TOPIC } from '#market/topics'
import { silentLogger } from '#runtime/logger'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { ProcessorRig, type RigOptions } from './processor_rig.ts'

const T0 = Date.UTC(2026, 0, 6, 15)
const MINUTE = 60_000

async function openRig(options: Partial<RigOptions> = {}): Promise<ProcessorRig> {
  const rig = new ProcessorRig({ config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, ...options })
  await rig.open()
  return rig
}

const quote = (symbol: string, price: number, timestamp: number) => ({
  ...{ symbol, price, timestamp },
  ingestTime: timestamp,
})

describe('the end of a bounded run', () => {
  test('emits every open window once, and the next run revises', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    rig.appendQuote(quote('MSFT', 1, T0))
    await rig.pollAll()
    await rig.end()
    await rig.end()
    expect(rig.valuesOf(BARS_TOPIC).map(({ symbol, closedBy }) => [symbol, closedBy])).toEqual([
      ['AAPL', 'drain'],
      ['MSFT', 'drain'],
    ])
    await rig.restart()
    rig.appendQuote(quote('AAPL', 2, T0 + 1))
    await rig.pollAll()
    await rig.end()
    expect(rig.valuesOf(BARS_TOPIC).slice(2)).toMatchObject([{ symbol: 'AAPL', count: 2, revision: 1 }])
  })

  test('is kept in a state snapshot: the next run reads nothing again, and emits nothing again', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    rig.appendQuote(quote('MSFT', 1, T0 + 1))
    await rig.pollAll()
    await rig.end()
    await rig.flush()
    expect(rig.commits.map(({ next, outputs }) => [next, outputs.length])).toEqual([
      [2, 2],
      [2, 0],
    ])
    await rig.flush()
    await rig.restart()
    expect(rig.restored).toEqual([2])
    await rig.end()
    await rig.flush()
    expect(rig.commits).toHaveLength(2)
    rig.appendQuote(quote('AAPL', 2, T0 + 2))
    await rig.pollAll()
    await rig.end()
    expect(rig.valuesOf(BARS_TOPIC).slice(2)).toMatchObject([{ symbol: 'AAPL', count: 2, revision: 1 }])
  })

  test('has no state snapshot when none can be written, and says so', async () => {
    const warnings: unknown[] = []
    const rig = await openRig({ logger: { ...silentLogger, warn: (...line: unknown[]) => void warnings.push(line) } })
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.pollAll()
    await rig.end()
    rig.checkpoints.put = async () => {
      throw new Error('no space')
    }
    await rig.flush()
    expect([rig.commits.length, warnings.length]).toEqual([1, 1])
  })

  test('metadata of many runs stays within the log’s limit', async () => {
    const rig = await openRig()
    for (let run = 0; run < 200; run++) {
      rig.appendQuote(quote('AAPL', 1, T0 + run * MINUTE))
      await rig.pollAll()
      await rig.end()
    }
    expect(Math.max(...rig.commits.map((commit) => Buffer.byteLength(commit.metadata)))).toBeLessThan(
      METADATA_BYTES_MAX,
    )
  })
})
