// The page's service as a whole: what it leaves behind when it cannot begin.

import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { sqlSettings } from '#lake/query_settings'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { openMemoryStore } from '#object-store/memory_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readAllSettings } from '#runtime/settings'
import { barSettings } from '#services/bar_settings'
import { decoderSettings } from '#services/decoder_settings'
import { webConfig, webSettings } from '#services/web/config'
import { runWeb } from '#services/web/web'
import { temporaryFolder } from '#support/temporary_folder'

/** TEST-NET-1 (RFC 5737): no machine has this address. */
const NOBODYS_ADDRESS = '192.0.2.1'

test('a page that cannot listen leaves no process behind', async () => {
  const [folder, temporary] = [temporaryFolder(), temporaryFolder()]
  vi.stubEnv('TMPDIR', temporary)
  onTestFinished(() => void vi.unstubAllEnvs())
  const log = openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock: systemClock, logger: silentLogger })
  onTestFinished(() => log.close())
  const env = { DATA_DIR: folder, WEB_HOST: NOBODYS_ADDRESS, WEB_WITHOUT_TOKEN: 'true' }
  const settings = readAllSettings(env, [webSettings, sqlSettings, barSettings, decoderSettings])
  const lake = openMemoryStore()
  const running = runWeb({
    config: webConfig(settings.of(webSettings)),
    ...{ settings, log, calendars: openCalendars({}), clock: systemClock, random: () => 0.5 },
    ...{ newId: randomUUID, logger: silentLogger },
    ...{ openLake: async () => lake, openStore: async () => lake },
    ...{ signal: new AbortController().signal, onReady: () => {} },
  })
  await expect(running).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  // The process that reads the tables has a folder for as long as it lives.
  await wait(300)
  expect(readdirSync(temporary)).toEqual([])
})
