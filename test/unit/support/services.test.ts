// The parts of the service search that can be seen without any service.

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { givenAzure, givenKafka, givenS3 } from '#support/services/given'
import { startLeashed } from '#support/services/leash'
import { nativeKafka } from '#support/services/native_kafka'
import { nativeMinio } from '#support/services/native_minio'
import { freePort } from '#support/services/reach'
import { servicesLine } from '#support/services/service_reporter'
import { startProgram } from '#support/start_tickerlake'
import { nativeAzurite } from '#support/stores/native_azurite'
import { temporaryFolder } from '#support/temporary_folder'
import { chromiumProgram } from '#support/web/browser'

test('nothing given is no reason worth telling', async () => {
  expect(await givenKafka({})).toEqual({ kind: 'unavailable', reason: '' })
  expect(await givenS3({})).toEqual({ kind: 'unavailable', reason: '' })
  expect(await givenAzure({})).toEqual({ kind: 'unavailable', reason: '' })
})

test('a given broker that answers is taken, also as the second of a list', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const brokers = `127.0.0.1:${await freePort()},127.0.0.1:${address.port}`
  expect(await givenKafka({ TEST_KAFKA_BROKERS: brokers })).toMatchObject({ service: { address: { brokers } } })
  server.close()
})

test('a given service that does not answer is broken', async () => {
  const port = await freePort()
  const s3 = { TEST_S3_ENDPOINT: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  expect(await givenKafka({ TEST_KAFKA_BROKERS: `127.0.0.1:${port}` })).toMatchObject({ kind: 'broken' })
  const azure = { TEST_AZURE_ENDPOINT: `http://127.0.0.1:${port}/devstoreaccount1`, AZURE_STORAGE_KEY: 'a2V5' }
  const silent = { kind: 'broken', reason: expect.stringContaining('does not answer') }
  expect(await givenS3(s3)).toMatchObject(silent)
  expect(await givenAzure(azure)).toMatchObject(silent)
})

test('a given S3 endpoint without credentials is broken', async () => {
  const outcome = await givenS3({ TEST_S3_ENDPOINT: 'http://127.0.0.1:1' })
  expect(outcome).toMatchObject({ kind: 'broken', reason: expect.stringContaining('AWS_ACCESS_KEY_ID') })
})

test('a given account of Azure without a key is broken', async () => {
  const outcome = await givenAzure({ TEST_AZURE_ENDPOINT: 'http://127.0.0.1:1/devstoreaccount1' })
  expect(outcome).toMatchObject({ kind: 'broken', reason: expect.stringContaining('AZURE_STORAGE_KEY') })
})

test('native services are not installed unasked, and say how to ask', async () => {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, XDG_CACHE_HOME: temporaryFolder() }
  const outcomes = await Promise.all([
    nativeKafka(env, () => {}),
    nativeMinio(env, () => {}),
    nativeAzurite(env, () => {}),
  ])
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/TEST_INSTALL_SERVICES=1|needs (java|mvn|go)/) })
  }
})

test('a browser is not started where no services are wanted, as in a run with a moved clock', () => {
  const env = { CHROMIUM_PATH: process.execPath }
  expect(chromiumProgram(env)).toBe(process.execPath)
  expect(chromiumProgram({ ...env, TEST_SERVICES: 'none' })).toEqual({ missing: 'a browser: TEST_SERVICES=none' })
})

test('the closing line names what ran and what was missing', () => {
  const kafka = { kind: 'running', address: { brokers: 'b' }, label: 'native 4.3.1' } as const
  const services = { kafka, s3: { kind: 'missing', reason: 'no Docker' }, azure: { kind: 'unwanted' } } as const
  expect(servicesLine(services, 3)).toBe(
    'Tested on  Kafka: native 4.3.1   S3: skipped (no Docker)   Azure: not needed\n' +
      'Skipped for want of a real service: 3',
  )
})

test.skipIf(process.platform === 'win32')('a process on the leash dies with the process that started it', async () => {
  const folder = temporaryFolder()
  const leash = new URL('../../support/services/leash.ts', import.meta.url).href
  const script = `import { startLeashed } from '${leash}'
    const args = ['-c', 'echo pid $$; while true; do sleep 1; done']
    const child = startLeashed({ command: 'sh', args, folder: '${folder}', env: process.env })
    await child.waitForLine(/pid/, 60_000)
    console.log('started')
    setInterval(() => {}, 1000)`
  const owner = startProgram(['--input-type=module', '-e', script], {})
  await owner.waitForLine(/started/)
  expect(existsSync(folder)).toBe(true)
  await owner.stop('SIGKILL')
  await expect.poll(() => existsSync(folder)).toBe(false)
})

test.skipIf(process.platform === 'win32')('stopping a process on the leash removes its folder', async () => {
  const folder = temporaryFolder()
  const child = startLeashed({ command: 'sleep', args: ['1000'], folder: folder, env: process.env })
  await child.stop()
  expect(existsSync(folder)).toBe(false)
})
