// `tickerlake verify` beside a running platform: what is committed while it reads is no finding.

import { expect, test } from 'vitest'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

test('verify finds nothing in tables that are being written', async () => {
  const env = { DATA_DIR: temporaryFolder(), FLUSH_INTERVAL_MS: '50', SIMULATOR_RATE: '2000' }
  const running = startTickerlake(['start'], env)
  await running.waitForLine(/^ALERT/)
  for (let attempt = 0; attempt < 3; attempt++) {
    const verify = startTickerlake(['verify'], env)
    expect(await verify.ended, verify.stdout.join('\n')).toEqual({ code: 0, signal: null })
  }
  expect(await running.stop()).toEqual({ code: 0, signal: null })
}, 120_000)
