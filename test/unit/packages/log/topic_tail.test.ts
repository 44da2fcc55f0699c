import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { type TailReader, tailTopics } from '#log/topic_tail'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { temporaryFolder } from '#support/temporary_folder'

test('a tail ends with its log, and does not try on and on without a pause', async () => {
  const log = openEmbeddedLog({ path: join(temporaryFolder(), 'log.sqlite'), clock: systemClock, logger: silentLogger })
  await log.createTopics([{ topic: 't', partitions: 1 }])
  const begun = Promise.withResolvers<void>()
  const reader: TailReader = {
    async begin(_, { logStart }) {
      begun.resolve()
      return logStart
    },
    async take() {},
    renewed() {},
    skipped() {},
    trouble() {},
  }
  const { signal } = new AbortController()
  const retry = { attemptsMax: 3, delayMinMs: 1, delayMaxMs: 1 }
  const tail = { topics: ['t'], group: 'g', signal, reader, retry, clock: systemClock, random: () => 0.5 }
  const ended = tailTopics(log, tail)
  await begun.promise
  await log.close()
  await expect(ended).resolves.toBeUndefined()
})
