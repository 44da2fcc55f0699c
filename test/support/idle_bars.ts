// Waiting for what a running stream does in a silence, without a guess at how long that takes.

import type { EventLog } from '#log/event_log'
import type { Bar } from '#market/bar'
import { BARS_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { recordsOf } from '#support/log/topic_records'

const LOOK_EVERY_MS = 100

/** Resolves when the silence has closed so many windows of so many symbols; the test's own timeout is the limit. */
export async function closedByIdleness(log: EventLog, wanted: { symbols: number; windows: number }): Promise<void> {
  for (;;) {
    const closed = new Map<string, Set<number>>()
    for (const { value } of [...(await recordsOf(log, BARS_TOPIC)).values()].flat()) {
      const bar = JSON.parse(Buffer.from(value ?? '').toString()) as Bar
      if (bar.closedBy !== 'idle') continue
      closed.set(bar.symbol, (closed.get(bar.symbol) ?? new Set()).add(bar.windowStart))
    }
    if ([...closed.values()].filter(({ size }) => size >= wanted.windows).length >= wanted.symbols) return
    await systemClock.sleep(LOOK_EVERY_MS)
  }
}
