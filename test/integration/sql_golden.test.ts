// Delta tables that other engines wrote, through the SQL engine: the rows are the expected ones, as a multiset.
// What cannot be read has no expected rows here; packages/delta's own golden test sees to its refusal.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lakeSource } from '#lake-sql/lake_source'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import { startQuery, type TableSource } from '#lake-sql/query'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'

const GOLDEN = resolve(process.env.DELTA_GOLDEN_DIR ?? join(import.meta.dirname, '../../../shared/delta-golden'))

/** Its zone-less partition timestamps were written in another zone than UTC, which is ours. */
const ANOTHER_ZONE = 'data-reader-partition-values'

const folders = existsSync(GOLDEN) ? readdirSync(GOLDEN) : []
const names = folders.filter((name) => name !== ANOTHER_ZONE && existsSync(join(GOLDEN, name, 'expected')))

test.skipIf(names.length > 0)('golden tables are at DELTA_GOLDEN_DIR', (context) => context.skip('there are none'))

function expectedFiles(name: string): readonly string[] {
  const folder = join(GOLDEN, name, 'expected')
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return found.filter((file) => file.endsWith('.parquet')).map((file) => join(folder, file))
}

/** The table as `actual`, and its expected rows as `expected`, of the same columns. */
function goldenSource(name: string): TableSource {
  const store = openFilesystemStore({ root: join(GOLDEN, name, 'delta') })
  const cache = { folder: '/nowhere', bytesMax: 0, clock: systemClock, newId: () => 'id' }
  const tables = [{ name: 'actual', store }]
  const source = lakeSource({ url: GOLDEN, tables, at: { kind: 'newest' }, cache })
  return {
    names: ['actual', 'expected'],
    async load(needs) {
      const [actual] = await source.load({ ...needs, tables: ['actual'] }, async () => ({}))
      if (actual === undefined) throw new Error('not loaded')
      const content = [{ partitionValues: {}, files: expectedFiles(name) }]
      return [actual, { name: 'expected', columns: actual.columns, partitionColumns: [], content }]
    },
  }
}

const DIFFERENCE = `
  SELECT (SELECT count(*) FROM (FROM actual EXCEPT ALL FROM expected)) AS surplus,
    (SELECT count(*) FROM (FROM expected EXCEPT ALL FROM actual)) AS missing,
    (SELECT count(*) FROM actual) = (SELECT count(*) FROM expected) AS same_count`

async function compare(name: string): Promise<unknown> {
  const source = goldenSource(name)
  const query = await startQuery({ sql: DIFFERENCE, source, views: [], limits: SQL_LIMITS_DEFAULT })
  try {
    await query.next()
    const event = await query.next()
    return event.kind === 'rows' ? event.rows[0] : event
  } finally {
    await query.close()
  }
}

describe.skipIf(names.length === 0)('golden tables', () => {
  test.each(names)('%s', async (name) => {
    expect(await compare(name)).toEqual(['0', '0', 'true'])
  })
})
