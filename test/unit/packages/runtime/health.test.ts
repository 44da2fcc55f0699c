import { afterEach, expect, test } from 'vitest'
import { type Health, startHealth } from '#runtime/health'

let health: Health | undefined
afterEach(() => health?.close())

const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${health?.port}${path}`)
  return { status: response.status, text: await response.text() }
}

test('it is alive at once and ready when it is told', async () => {
  health = await startHealth(0)
  expect((await get('/livez')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(503)
  health.ready()
  expect((await get('/readyz')).status).toBe(200)
})

test('it shows counters as they are when it is asked', async () => {
  health = await startHealth(0)
  const counters = { barsEmitted: 1, rejected: { not_json: 2, too_large: 0 } }
  health.show('stream', () => counters)
  expect((await get('/metrics')).text).toContain('tickerlake_stream_bars_emitted_total 1')
  counters.barsEmitted = 5
  const { text } = await get('/metrics')
  expect(text).toContain('tickerlake_stream_bars_emitted_total 5')
  expect(text).toContain('tickerlake_stream_rejected_total{kind="not_json"} 2')
})

test('it knows no other page', async () => {
  health = await startHealth(0)
  expect((await get('/')).status).toBe(404)
})

test('a port that is taken is a wrong setting', async () => {
  health = await startHealth(0)
  await expect(startHealth(health.port)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
