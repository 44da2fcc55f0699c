// The catalog as another caller than the command line opens it: with a store, settings, a clock and nothing else.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { openCatalog } from '#lake/catalog'
import { sqlSettings } from '#lake/query_settings'
import { startQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { readAllSettings } from '#runtime/settings'
import { createSampleLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

/** What a server has at hand, over a lake below a folder. */
function contextOf(folder: string) {
  return {
    settings: readAllSettings({ DATA_DIR: folder }, [sqlSettings]),
    clock: systemClock,
    newId: () => 'copy',
    openLake: async () => openFilesystemStore({ root: join(folder, 'lake') }),
    openStore: async (url: string) => openFilesystemStore({ root: url }),
  }
}

const calendars = async () => openCalendars({})

const { signal } = new AbortController()

test('tables, attached tables and views have names and descriptions, and can be queried side by side', async () => {
  const folder = temporaryFolder()
  await createSampleLake(join(folder, 'lake'))
  const attach = [`mine=${join(folder, 'lake', 'alerts')}`]
  const catalog = await openCatalog(contextOf(folder), { at: { kind: 'newest' }, attach, calendars })
  const names = catalog.relations.map(({ name }) => name)
  const live = ['stocks', 'bars_1m', 'alerts', 'late_quotes', 'dead_letters']
  const history = ['history_bars', 'history_days', 'corporate_actions']
  expect(names.slice(0, 9)).toEqual([...live, ...history, 'mine'])
  expect(names).toContain('latest_quotes')
  expect(catalog.relations.filter(({ description }) => description === '')).toEqual([])
  const counts = ['stocks', 'mine'].map(async (name) => {
    const query = await startQuery(catalog.request(`SELECT count(*) FROM ${name}`, signal))
    const rows: ResultRow[] = []
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'rows') rows.push(...event.rows)
    }
    await query.close()
    return rows
  })
  expect(await Promise.all(counts)).toEqual([[['400']], [['3']]])
})

test('an attached table with a name that is taken is refused', async () => {
  const context = contextOf(temporaryFolder())
  const opened = openCatalog(context, { at: { kind: 'newest' }, attach: ['stocks=/somewhere'], calendars })
  await expect(opened).rejects.toThrow('--attach stocks: the name is taken already')
})
