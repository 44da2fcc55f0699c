// The page's server as compose runs it: a process of its own, on Kafka and S3.

import { expect, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithServices, uniqueName } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { startPage } from '#support/web/page_server'
import { webClient } from '#support/web/web_client'

describeWithServices('on Kafka and S3', ({ kafka, s3 }) => {
  test('the page shows what is in the topics and in the tables, and ends in good order', async () => {
    const env: Env = {
      KAFKA_BROKERS: kafka.brokers,
      LAKE_URL: `s3://${uniqueName('lake')}/bronze`,
      S3_ENDPOINT: s3.endpoint,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_REGION: s3.region,
      DATA_DIR: temporaryFolder(),
      FLUSH_INTERVAL_MS: '500',
    }
    await deletePlatformTopics(kafka.brokers)
    expect(await startTickerlake(['init'], env).ended).toEqual({ code: 0, signal: null })
    const services = ['stream', 'write'].map((name) => startTickerlake([name], env))
    const produced = startTickerlake(['produce'], { ...env, SOURCE: 'simulator', SIMULATOR_RATE: '50' })
    const { process, origin } = await startPage('web', env)
    const client = webClient(origin)

    const symbols = async () => (await client.get('/api/symbols')).body.symbols?.length
    await expect.poll(symbols, { timeout: 30_000 }).toBe(5)
    const landed = async () => (await client.sql('SELECT count(*)::INT FROM bars')).body.rows?.[0]?.[0]
    await expect.poll(landed, { timeout: 60_000, interval: 1_000 }).toBeGreaterThan(0)
    // A store that is slow to answer is said as well, for as long as it is.
    const health = async () => {
      const { trouble, tables } = (await client.get('/api/health')).body
      return { trouble, hasRows: (tables.find(({ name }) => name === 'stocks')?.rows ?? 0) > 0 }
    }
    await expect.poll(health, { timeout: 60_000 }).toEqual({ trouble: null, hasRows: true })

    for (const each of [produced, process, ...services]) expect(await each.stop()).toEqual({ code: 0, signal: null })
    expect(process.stderr).toEqual([])
  }, 180_000)
})
