// How the contract's processes open the embedded log: with a short member timeout, so that a frozen one is noticed
// soon.

import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'

const MEMBER_TIMEOUT_MS = 1_500

/** Opens the file at `path`. */
export async function openLog(path: string): Promise<EventLog> {
  return openEmbeddedLog({ path, clock: systemClock, logger: silentLogger, memberTimeoutMs: MEMBER_TIMEOUT_MS })
}
