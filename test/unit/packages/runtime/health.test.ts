import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Health, startHealth } from '#runtime/health'
import { counterMetrics } from '#runtime/metrics'

let health: Health | undefined
afterEach(() => health?.close())

const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${health?.port}${path}`)
  return { status: response.status, text: await response.text() }
}

test('it is alive at once and ready when it is told', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  expect((await get('/livez')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(503)
  health.ready()
  expect((await get('/readyz')).status).toBe(200)
})

test('it shows counters as they are when it is asked', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  const counters = { barsEmitted: 1, rejected: { not_json: 2, too_large: 0 } }
  health.show(counterMetrics({ service: 'stream', groups: { rejected: 'reason' }, read: () => counters }))
  expect((await get('/metrics')).text).toContain('tickerlake_stream_bars_emitted_total 1')
  counters.barsEmitted = 5
  const { text } = await get('/metrics')
  expect(text).toContain('tickerlake_stream_bars_emitted_total 5')
  expect(text).toContain('tickerlake_stream_rejected_total{reason="not_json"} 2')
})

test('it shows gauges by their labels, asked for anew each time, and none that is gone', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  let partitions = [0, 1]
  const families = [{ name: 'lag_records', help: 'lag', kind: 'gauge', labels: ['partition'] }] as const
  const read = async () => partitions.map((partition) => ({ name: 'lag_records', value: 7, labels: { partition } }))
  health.show({ families, read })
  expect((await get('/metrics')).text).toContain('tickerlake_lag_records{partition="1"} 7')
  partitions = [0]
  const { text } = await get('/metrics')
  expect(text).toContain('tickerlake_lag_records{partition="0"} 7')
  expect(text).not.toContain('partition="1"')
})

test('what cannot be read is left out, and the rest is shown', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  const family = (name: string) => ({ name, help: name, kind: 'gauge', labels: ['of'] }) as const
  const read = () => Promise.reject(new Error('the log does not answer'))
  health.show({ families: [family('broken')], read })
  health.show({ families: [family('whole')], read: () => [{ name: 'whole', value: 3, labels: { of: 'it' } }] })
  const { status, text } = await get('/metrics')
  expect(status).toBe(200)
  expect(text).toContain('tickerlake_whole{of="it"} 3')
  expect(text).not.toContain('tickerlake_broken{')
})

test('it tells how late the event loop was since it was last asked', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  const maxSeconds = async () =>
    Number(/^tickerlake_nodejs_eventloop_lag_max_seconds (\S+)/m.exec((await get('/metrics')).text)?.[1])
  await maxSeconds()
  await sleep(50)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  await sleep(50)
  expect(await maxSeconds()).toBeGreaterThanOrEqual(0.25)
})

test('it knows no other page', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  expect((await get('/')).status).toBe(404)
})

test('a port that is taken is a wrong setting', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  const { port } = health
  await expect(startHealth({ port, host: '127.0.0.1' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `METRICS_PORT ${port} is in use on 127.0.0.1: choose another port, or stop the process that has it`,
  })
})

test('it listens at its own address only', async () => {
  health = await startHealth({ port: 0, host: '127.0.0.1' })
  expect((await get('/livez')).status).toBe(200)
  await expect(fetch(`http://127.0.0.2:${health.port}/livez`)).rejects.toThrow()
})

test.each(['203.0.113.7', 'no-such-host.invalid'])(
  '%s, which is not an address of this machine, is named',
  async (host) => {
    await expect(startHealth({ port: 0, host })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`${host}`),
    })
  },
)
