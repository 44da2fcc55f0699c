// SQL over HTTP, by a true server and a true lake: each query in the sandbox of `tickerlake sql`.

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { sqlSettings } from '#lake/query_settings'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readAllSettings } from '#runtime/settings'
import { barSettings } from '#services/bar_settings'
import type { ErrorAnswer } from '#services/web/api'
import { createApp } from '#services/web/http/app'
import { createGuard } from '#services/web/http/guard'
import { startServer, type WebServer } from '#services/web/http/server'
import { SQL_ANSWER_ROWS_MAX } from '#services/web/limits'
import { sqlRoutes } from '#services/web/sql/sql_routes'
import { rowsOfParquet } from '#support/lake/parquet_rows'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { signalsHeld } from '#support/web/signals_held'
import { webClient } from '#support/web/web_client'

const folder = newFolder()
let server: WebServer
let origin = ''

const temporary = join(folder, 'temporary')

beforeAll(async () => {
  mkdirSync(temporary)
  vi.stubEnv('TMPDIR', temporary)
  await createSampleLake(join(folder, 'lake'))
  server = await startServer(appOf(true), { host: '127.0.0.1', port: 0 })
  origin = `http://127.0.0.1:${server.port}`
})

afterAll(async () => {
  await server.close()
  vi.unstubAllEnvs()
  removeFolder(folder)
})

function appOf(sql: boolean, { signal } = new AbortController()) {
  const routes = sqlRoutes({
    sql,
    calendars: openCalendars({}),
    settings: readAllSettings({ DATA_DIR: folder, SQL_TIMEOUT_MS: '20000' }, [sqlSettings, barSettings]),
    clock: systemClock,
    newId: () => 'copy',
    logger: silentLogger,
    openLake: async () => openFilesystemStore({ root: join(folder, 'lake') }),
    openStore: async (root) => openFilesystemStore({ root }),
    signal,
    tableStates: async () => [],
  })
  return createApp({ routes, guard: createGuard({ hostNames: [], gate: undefined }), logger: silentLogger })
}

const download = (sql: string, format: string, init: RequestInit = {}) =>
  fetch(`${origin}/api/sql?format=${format}`, { method: 'POST', body: new URLSearchParams({ sql }), ...init })

describe('an answer', () => {
  test('has the columns, the rows and the time', async () => {
    const { status, body } = await webClient(origin).sql(
      'SELECT symbol, count(*) AS n FROM stocks GROUP BY 1 ORDER BY 1',
    )
    expect(status).toBe(200)
    expect(body.columns).toEqual([
      { name: 'symbol', type: 'VARCHAR' },
      { name: 'n', type: 'BIGINT' },
    ])
    expect(body.rows.length).toBeGreaterThan(0)
    expect(body).toMatchObject({ more: false, durationMs: expect.any(Number) })
  })

  test('keeps every digit, and text that looks like markup or a script stays text', async () => {
    const sql = `SELECT 9007199254740993 AS big, '<img src=x onerror=alert(1)></script>' AS markup, 1.5 AS number,
      NULL AS nothing, 'NaN'::DOUBLE AS nan, [1, 2] AS list, true AS yes`
    const response = await fetch(`${origin}/api/sql`, { method: 'POST', body: new URLSearchParams({ sql }) })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toContain(
      '"rows":[[9007199254740993,"<img src=x onerror=alert(1)></script>",1.5,null,"NaN",[1,2],true]]',
    )
  })

  test('has so many rows, and says that there are more', async () => {
    const { body } = await webClient(origin).sql(`FROM range(${SQL_ANSWER_ROWS_MAX + 1})`)
    expect([body.rows.length, body.more]).toEqual([SQL_ANSWER_ROWS_MAX, true])
    const whole = await webClient(origin).sql(`FROM range(${SQL_ANSWER_ROWS_MAX})`)
    expect([whole.body.rows.length, whole.body.more]).toEqual([SQL_ANSWER_ROWS_MAX, false])
  })

  test('is not larger than a browser should be sent', async () => {
    const { body } = await webClient(origin).sql("SELECT repeat('x', 1000000) FROM range(100)")
    expect([body.rows.length, body.more]).toEqual([4, true])
  })

  test('has no row that is larger than all of it', async () => {
    const cells = Array.from({ length: 5 }, (_, i) => `repeat('x', 1000000) AS c${i}`)
    const { status, body } = await webClient(origin).sql(`SELECT ${cells}`)
    expect([status, body.error?.code]).toEqual([400, 'SQL_LIMIT'])
    expect(body.error?.message).toMatch(/^a row of the result is longer than 4194304 characters/)
  })
})

describe('what is wrong is told, with a status', () => {
  test.each([
    ['SELEC 1', 400, 'SQL_FAILED'],
    ['SELECT * FROM nothing_there', 400, 'SQL_FAILED'],
    ["SELECT * FROM read_csv('/etc/passwd')", 400, 'SQL_FAILED'],
    ["COPY stocks TO '/tmp/x.csv'", 400, 'SQL_FAILED'],
    ['INSTALL httpfs', 400, 'SQL_FAILED'],
    ['SELECT 1; SELECT 2', 400, 'WRONG_REQUEST'],
    ['-- nothing', 400, 'WRONG_REQUEST'],
  ])('%s', async (sql, status, code) => {
    const answer = await webClient(origin).sql(sql)
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
    const file = await download(sql, 'csv')
    expect([file.status, (await errorOf(file)).code]).toEqual([status, code])
  })

  test('a body without sql, and a format that is none', async () => {
    const none = await fetch(`${origin}/api/sql`, { method: 'POST', body: new URLSearchParams({ q: '1' }) })
    expect([none.status, (await errorOf(none)).message]).toEqual([400, expect.stringContaining('the field sql')])
    const format = await download('SELECT 1', 'exe')
    expect([format.status, (await errorOf(format)).message]).toEqual([400, expect.stringContaining('csv, ndjson')])
  })

  test('SQL that is switched off', async () => {
    const off = await startServer(appOf(false), { host: '127.0.0.1', port: 0 })
    const answer = await webClient(`http://127.0.0.1:${off.port}`).sql('SELECT 1')
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'SQL_OFF'])
    await off.close()
  })
})

describe('a download', () => {
  test('is a file with all rows', async () => {
    const response = await download('SELECT i, i * 2 AS twice FROM range(3000) t(i)', 'csv')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="result.csv"')
    expect((await response.text()).split('\r\n').slice(0, 3)).toEqual(['i,twice', '0,0', '1,2'])
  })

  test('comes as Parquet too', async () => {
    const response = await download("SELECT 7 AS number, 'seven' AS word", 'parquet')
    expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet')
    expect(await rowsOfParquet(new Uint8Array(await response.arrayBuffer()))).toEqual([[7, 'seven']])
  })

  test('that the client leaves ends its query', async () => {
    const leaving = new AbortController()
    const response = await download('SELECT random() FROM range(1000000000)', 'csv', { signal: leaving.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    expect(queryFolders().length).toBeGreaterThan(0)
    leaving.abort()
    await expect.poll(queryFolders).toEqual([])
    // The turn is free again.
    expect((await download('SELECT 1', 'csv')).status).toBe(200)
  })

  test.each(['csv', 'parquet'])(
    'whose time is over is cut off, though its client has not taken all (%s)',
    async (format) => {
      const end = new AbortController()
      const ending = await startServer(appOf(true, end), { host: '127.0.0.1', port: 0 })
      const response = await fetch(`http://127.0.0.1:${ending.port}/api/sql?format=${format}`, {
        method: 'POST',
        body: new URLSearchParams({ sql: 'SELECT random() AS a, random() AS b FROM range(2000000)' }),
      })
      const reader = response.body?.getReader()
      expect((await reader?.read())?.done).toBe(false)
      end.abort()
      await new Promise((resolve) => setTimeout(resolve, 200))
      const rest = async () => {
        while ((await reader?.read())?.done === false);
      }
      await expect(rest()).rejects.toThrow()
      await expect.poll(queryFolders).toEqual([])
      await ending.close()
    },
  )

  test('that is over leaves nothing behind', async () => {
    const downloads = async (count: number) => {
      for (let i = 0; i < count; i++) await (await download('SELECT 1', 'parquet')).arrayBuffer()
    }
    await downloads(1)
    const before = await signalsHeld()
    await downloads(4)
    expect((await signalsHeld()) - before).toBeLessThan(4)
  })

  test('that fails in the middle is cut off, so that nobody takes it for whole', async () => {
    const sql = "SELECT CASE WHEN i = 900000 THEN error('in the middle') ELSE i::VARCHAR END FROM range(1000000) t(i)"
    const response = await download(sql, 'csv')
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })
})

test('what there is to be queried is listed, with queries to begin with', async () => {
  const { body } = await webClient(origin).get('/api/tables')
  expect(body.relations.map(({ name }) => name)).toEqual(expect.arrayContaining(['stocks', 'bars', 'latest_quotes']))
  const movers = body.examples.find(({ sql }) => sql.includes('FROM latest_quotes'))
  expect(movers?.title).toMatch(/^[A-Z]/)
  expect(body.examples.filter(({ title, sql }) => title === '' || !/select|from/i.test(sql))).toEqual([])
})

/** The folders of queries that run. */
function queryFolders(): readonly string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('tickerlake-sql-'))
}

async function errorOf(response: Response): Promise<ErrorAnswer['error']> {
  return ((await response.json()) as ErrorAnswer).error
}
