// `tickerlake start`, all in one process on the embedded log, with a simulated market: its share of a core and its
// memory, once it has started and then minute by minute.

import { systemClock } from '#runtime/clock'
import { onEmptyPlatform, startService } from './tickerlake.ts'
import { rounded } from './whole_process.ts'

const WARM_UP_MS = 15_000
const MINUTE_MS = 60_000

/** Runs it for so many minutes. */
export function startFigures({ quotesPerSecond, minutes }: { quotesPerSecond: number; minutes: number }) {
  return onEmptyPlatform(null, async (env) => {
    const service = startService(['start'], { ...env, SOURCE: 'simulator', SIMULATOR_RATE: String(quotesPerSecond) })
    try {
      await systemClock.sleep(WARM_UP_MS)
      const each: { percentOfCore: number; memoryMb: number }[] = []
      for (let minute = 0; minute < minutes; minute++) {
        const [cpuSeconds, startedAt] = [service.cpuSeconds(), performance.now()]
        await systemClock.sleep(MINUTE_MS)
        const share = (service.cpuSeconds() - cpuSeconds) / ((performance.now() - startedAt) / 1_000)
        each.push({ percentOfCore: rounded(share * 100), memoryMb: service.memoryMb() })
      }
      return { quotesPerSecond, minutes: each }
    } finally {
      await service.stop()
    }
  })
}
