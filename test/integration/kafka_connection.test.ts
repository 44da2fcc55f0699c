// Failures that a user meets when connecting: each is one clear line, and says what to do.

import { expect, test } from 'vitest'
import type { Processor } from '#log/event_log'
import { freePort } from '#support/services/reach'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { startRun } from '../contract/event_log/stage.ts'
import { complaintsIn, newTopic, noter, openLog, readAll, rememberingLogger } from './kafka_stage.ts'

const QUICK = { connectAttemptsMax: 3, connectDelayMinMs: 5, connectDelayMaxMs: 10 }

describeWithKafka('connecting to Kafka', ({ brokers }) => {
  test('a port where nobody listens: a warning for each retry, then LOG_UNREACHABLE', async () => {
    const { logger, lines } = rememberingLogger()
    const nowhere = `127.0.0.1:${await freePort()}`
    const opening = openLog(nowhere, { logger, limits: QUICK })
    await expect(opening).rejects.toMatchObject({ name: 'PlatformError', code: 'LOG_UNREACHABLE', retryable: true })
    await expect(opening).rejects.toThrow(
      `Kafka at ${nowhere} does not answer (ECONNREFUSED), given up after 3 attempts`,
    )
    const expected = `warn: Kafka at ${nowhere} does not answer (ECONNREFUSED), trying again in 0 s`
    expect(complaintsIn(lines)).toEqual([expected, expected])
  })

  test('one broker of two that answers is enough', async () => {
    const log = await openLog(`127.0.0.1:${await freePort()},${brokers}`, { limits: QUICK })
    expect(await log.clusterId()).not.toBe('')
    await log.close()
  })

  test('credentials where none are wanted: LOG_AUTH_FAILED at once, naming the settings', async () => {
    const sasl = { mechanism: 'plain', username: 'nobody', password: 'not-this-one' } as const
    const opening = openLog(brokers, { sasl, limits: QUICK })
    await expect(opening).rejects.toMatchObject({ code: 'LOG_AUTH_FAILED', retryable: false })
    await expect(opening).rejects.toThrow('KAFKA_SASL_USERNAME')
    await expect(opening).rejects.not.toThrow('not-this-one')
  })

  test('a first run on new topics looks like no failure, and Node has nothing to warn of', async () => {
    const { logger, lines } = rememberingLogger()
    const warnings: Error[] = []
    const note = (warning: Error) => void warnings.push(warning)
    process.on('warning', note)
    const log = await openLog(brokers, { logger })
    const topic = await newTopic(log, 3)
    await log.publish([{ topic, key: 'k', value: 'v' }])
    expect(await readAll(log, topic)).toEqual(['v'])
    await log.close()
    process.off('warning', note)
    expect(complaintsIn(lines)).toEqual([])
    expect(warnings.filter(({ name }) => name === 'TimeoutNegativeWarning')).toEqual([])
  })

  test('fetches that are not answered any more end the run: LOG_STALLED', async () => {
    const log = await openLog(brokers, { limits: { stallMs: 300, fetchWaitMs: 20_000 } })
    const topic = await newTopic(log)
    const options = { group: uniqueName('group'), topics: [topic], commit: 'offsets' } as const
    const { error } = await startRun(log, options, noter(false).processor).ended
    expect(error).toMatchObject({ code: 'LOG_STALLED', retryable: true, fields: { group: options.group } })
    await log.close()
  })

  test('a batch that hangs is abandoned when the run is aborted, and nothing of it is committed', async () => {
    const { logger, lines } = rememberingLogger()
    const log = await openLog(brokers, { logger, limits: { stopBatchMs: 50, stopLeaveMs: 500 } })
    const [topic, group] = [await newTopic(log), uniqueName('group')]
    await log.publish([{ topic, key: 'k', value: 'v' }])
    const hanging = Promise.withResolvers<void>()
    const processor: Processor = {
      ...noter(true).processor,
      process: async () => {
        hanging.resolve()
        return new Promise(() => {})
      },
    }
    const run = startRun(log, { group, topics: [topic], commit: 'transaction' }, processor)
    await hanging.promise
    await run.stop()
    const abandoned = 'a batch was not done in 50 ms and is abandoned; nothing of it is committed'
    expect(complaintsIn(lines).filter((line) => line.startsWith('warn'))).toEqual([`warn: ${abandoned}`])
    expect(await log.committed(group, topic)).toEqual(new Map())
    await log.close()
  })
})
