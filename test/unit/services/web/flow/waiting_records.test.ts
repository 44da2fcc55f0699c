import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, offset } from '#runtime/units'
import { LOOK_INTERVAL_MS } from '#services/web/flow/limits'
import { WaitingRecords } from '#services/web/flow/waiting_records'
import { temporaryFolder } from '#support/temporary_folder'
import { signalsHeld } from '#support/web/signals_held'

const LOOKS = 20

test('a look finds the first record that waits, and leaves nothing behind', async () => {
  const log = openEmbeddedLog({ path: join(temporaryFolder(), 'log.sqlite'), clock: systemClock, logger: silentLogger })
  onTestFinished(() => log.close())
  await log.createTopics(topicSpecs(1))
  await log.publish([{ topic: PRICES_TOPIC, key: 'AAPL', value: '{}' }])
  let aheadMs = 0
  const clock: Clock = { ...systemClock, now: () => (systemClock.now() + aheadMs) as EpochMs }
  const { signal } = new AbortController()
  const records = new WaitingRecords({ log, clock, newId: randomUUID, signal })
  const waiting = { topic: PRICES_TOPIC, partition: 0, next: offset(0), end: offset(1) }
  const look = async () => {
    aheadMs += LOOK_INTERVAL_MS
    records.lookUp([waiting])
    await records.idle()
  }

  await look()
  expect(records.firstOf(waiting)).toEqual(expect.any(Number))
  const before = await signalsHeld()
  for (let i = 0; i < LOOKS; i++) await look()
  // Each look has signals of its own, which end with it.
  expect((await signalsHeld()) - before).toBeLessThan(LOOKS / 2)
})
