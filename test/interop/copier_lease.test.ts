// The object that a copier keeps at its target: every engine passes over it, in the log where it lies, and beside it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '#support/temporary_folder'
import { LEASE_KEY } from '#table-copy/lease'
import { expectSameAggregates, expectSameRows } from './agreement.ts'
import { describeWithEngines } from './engines.ts'
import { drain, snapshotAt, tablePath } from './lake.ts'
import { recording } from './recording.ts'

const BARS = 'bars_1m'

describeWithEngines('a table that is being copied to', (engines) => {
  test('is read, written and checkpointed by every engine', async () => {
    const folder = temporaryFolder()
    await drain(folder, recording(0, 1000), 100)
    const path = tablePath(folder, BARS)
    const lease = JSON.stringify({ id: 'a-copier', host: 'a-host', processId: 42, beat: 7 })
    for (const key of [LEASE_KEY, '_copier.json']) writeFileSync(join(path, key), lease)

    const rows = await expectSameRows(engines(), path)
    await expectSameAggregates(engines(), path)
    for (const engine of [engines().deltaRs, engines().spark]) {
      await engine.append(path, 'SELECT * FROM t LIMIT 3')
      await engine.checkpoint(path)
    }
    expect(await expectSameRows(engines(), path)).toHaveLength(rows.length + 6)
    expect((await snapshotAt(path)).files.size).toBeGreaterThan(2)
  })
})
