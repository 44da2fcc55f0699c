// Polars, ClickHouse and delta-rs as one process, for the tests of a suite: see readers.py.

import { afterAll, beforeAll, describe } from 'vitest'
import { pythonEnvironment } from '#support/engines/python'
import { type EngineProcess, startEngine } from './engine_process.ts'

const python = await pythonEnvironment([
  'polars==2.1.0',
  'chdb==4.4.0',
  'chdb-core==26.9.0',
  'deltalake==1.6.6',
  'pyarrow==26.0.1',
])

/** A suite with the readers. Without them it is skipped. */
export function describeWithReaders(name: string, body: (readers: () => EngineProcess) => void): void {
  const title = 'missing' in python ? `${name} (skipped: ${python.missing})` : name
  describe.skipIf('missing' in python)(title, () => {
    let started: EngineProcess | undefined
    beforeAll(async () => {
      if ('missing' in python) throw new Error(python.missing)
      started = await startEngine({ interpreter: python.interpreter, file: 'readers.py', args: [] })
    })
    afterAll(() => started?.close())
    body(() => {
      if (started === undefined) throw new Error('the readers have not been started')
      return started
    })
  })
}
