// The page's server as it is started and stopped, and what a browser is given.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { startPage } from '#support/web/page_server'
import { openConnection } from '#support/web/raw_http'
import { webClient } from '#support/web/web_client'

const END_MAX_MS = 10_000

test('`start` says where the page is, the page comes whole, SQL answers, and nothing is on stderr', async () => {
  const { process, origin } = await startPage('start')
  const html = await (await fetch(origin)).text()
  const [, root = ''] = /src="(\/assets\/[0-9a-f]{16}\/)page\/app\.ts"/.exec(html) ?? []
  const modules = await loadedModules(origin, `${root}page/app.ts`)
  expect(modules).toContain(`${root}page/dom.ts`)
  for (const [, href = ''] of html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
    expect((await fetch(origin + href)).headers.get('content-type')).toBe('text/css; charset=utf-8')
  }
  const count = async () => (await webClient(origin).sql('SELECT count(*)::INT FROM stocks')).body.rows[0]?.[0]
  await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(0)
  expect(await process.stop()).toEqual({ code: 0, signal: null })
  expect(process.stderr).toEqual([])
}, 120_000)

/** The modules that a browser would load, each of which must be there. */
async function loadedModules(origin: string, entry: string): Promise<readonly string[]> {
  const found = new Set([entry])
  for (const path of found) {
    const response = await fetch(origin + path)
    expect([path, response.status, response.headers.get('content-type')]).toEqual([
      path,
      200,
      expect.stringMatching(/^text\/javascript/),
    ])
    const text = await response.text()
    for (const [, target = ''] of text.matchAll(/(?:from|import\(|import) ?'([./][^']+)'/g)) {
      found.add(new URL(target, origin + path).pathname)
    }
  }
  return [...found]
}

test('with WEB_PORT=0 `start` runs without the page', async () => {
  const process = startTickerlake(['start'], { DATA_DIR: temporaryFolder() })
  await process.waitForLine(/^Bar: /)
  await process.stop()
  expect(process.stdout.join('\n')).not.toMatch(/the page/)
})

test.each(['start', 'web'] as const)(
  '`%s` takes the next free port when its own is taken, and says so',
  async (command) => {
    const DATA_DIR = await drainedLake()
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const page = await startPage(command, { DATA_DIR, WEB_PORT: `${port}` })
    expect(page.port).toBeGreaterThan(port)
    expect(page.process.stdout.join('\n')).toContain(`(port ${port} is taken)`)
    expect((await fetch(page.origin)).status).toBe(200)
    expect(await page.process.stop()).toEqual({ code: 0, signal: null })
  },
  120_000,
)

describe('`web` alone', () => {
  test('serves what others have written, and ends within ten seconds whoever is connected', async () => {
    const DATA_DIR = await drainedLake()
    const { process, origin, port } = await startPage('web', { DATA_DIR })
    const { body } = await webClient(origin).sql('SELECT count(*)::INT AS n FROM stocks')
    expect(body.rows).toEqual([[300]])
    const stream = await fetch(`${origin}/api/stream`)
    await Promise.all(Array.from({ length: 20 }, () => openConnection(port)))
    const query = webClient(origin)
      .sql('SELECT count(*) FROM range(100000000000)')
      .catch(() => undefined)
    const before = performance.now()
    expect(await process.stop()).toEqual({ code: 0, signal: null })
    expect(performance.now() - before).toBeLessThan(END_MAX_MS)
    await Promise.all([query, stream.text().catch(() => '')])
    expect(process.stderr).toEqual([])
  }, 120_000)

  test('says what is missing where there is no log', async () => {
    const process = startTickerlake(['web'], { DATA_DIR: temporaryFolder() })
    expect(await process.ended).toMatchObject({ code: 1 })
    expect(process.stderr.join('\n')).toMatch(/tickerlake init|tickerlake start/)
  })

  test('does not open to other machines without a token', async () => {
    const process = startTickerlake(['web'], { DATA_DIR: temporaryFolder(), WEB_HOST: '0.0.0.0' })
    expect(await process.ended).toMatchObject({ code: 78 })
    expect(process.stderr.join('\n')).toContain('WEB_HOST 0.0.0.0 can be reached from other machines: set WEB_TOKEN')
  })

  test('asks for its token where it has one', async () => {
    const token = 'correct-horse-battery'
    const env = { DATA_DIR: await drainedLake(), WEB_HOST: '0.0.0.0', WEB_TOKEN: token }
    const { origin } = await startPage('web', env)
    const page = await fetch(origin)
    expect([page.status, await page.text()]).toEqual([
      401,
      expect.stringMatching(/<form [^>]*method="post" action="\/login">/),
    ])
    expect((await fetch(`${origin}/api/tables`)).status).toBe(401)
    expect((await fetch(`${origin}/api/tables`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
    const login = await fetch(`${origin}/login`, {
      method: 'POST',
      body: new URLSearchParams({ token }),
      redirect: 'manual',
    })
    const [cookie = ''] = (login.headers.get('set-cookie') ?? '').split(';')
    expect((await fetch(`${origin}/api/tables`, { headers: { cookie } })).status).toBe(200)
    expect(await (await fetch(origin, { headers: { cookie } })).text()).toContain('page/app.ts')
  }, 120_000)
})

/** A folder with a log and a lake of 300 quotes. */
async function drainedLake(): Promise<string> {
  const DATA_DIR = temporaryFolder()
  const env = { DATA_DIR, SIMULATOR_QUOTES: '300', SIMULATOR_RATE: '1000', SIMULATOR_SEED: '7' }
  const drained = startTickerlake(['start', '--drain'], env)
  expect(await drained.ended).toEqual({ code: 0, signal: null })
  return DATA_DIR
}
