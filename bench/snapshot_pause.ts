// `node bench/snapshot_pause.ts [symbols]`: how long one turn of the event loop takes at most while a partition's state
// snapshot is made, as one JSON object: when nothing else happens, beside small batches, and beside large ones. A turn
// is told in CPU time of the main thread, which a busy machine does not change, and in wall time.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { ColumnBatch, GrowingColumns } from '#log/column_batch'
import { ABSENT, type RecordBatch } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs, Offset } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { STATE_SNAPSHOT_INTERVAL_MS } from '#services/stream/limits'
import { createStreamProcessor } from '#services/stream/stream'

const SYMBOLS = Number(process.argv[2] ?? 33_000)
const ROUNDS = 30
const SNAPSHOTS = 3
const T0 = Date.UTC(2026, 0, 6, 15)
const at = { topic: PRICES_TOPIC, partition: 0 }
const clock = virtualClock(T0)
const memory = openMemoryStore()
let [written, packedBytes] = [0, 0]
const store: typeof memory = {
  ...memory,
  put: async (_, body) => {
    written++
    packedBytes = body.length
  },
}
const parts = { config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, sinks: [], logger: silentLogger }
const processor = createStreamProcessor({ ...parts, clock, checkpoints: store })
let offset = 0
let quoted = 0

await processor.open(at, { topicId: 'id', committed: null, logStart: 0 as Offset, logEnd: 0 as Offset })
for (let n = 0; n < (ROUNDS * SYMBOLS) / 1_000; n++) await processor.process(batchOf(1_000))
const result: Record<string, unknown> = { node: process.version, symbols: SYMBOLS }
for (const [name, records] of [
  ['alone', 0],
  ['besideBatchesOf500', 500],
  ['besideBatchesOf20000', 20_000],
] as const) {
  const [without, beside] = [await watched(records, false), await watched(records, true)]
  result[name] = { withoutSnapshot: without, withSnapshot: beside }
}
result.packedBytes = packedBytes
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)

interface Longest {
  readonly cpuMs: number
  readonly wallMs: number
  readonly turns: number
  readonly totalMs: number
}

/** The longest turn of each snapshot, and of these the shortest. */
async function watched(records: number, isDue: boolean): Promise<Record<string, number>> {
  const runs: Longest[] = []
  for (let run = 0; run < SNAPSHOTS; run++) {
    await processor.process(batchOf(1))
    await processor.flush()
    await clock.advance(isDue ? STATE_SNAPSHOT_INTERVAL_MS * 1_000 : 0)
    runs.push(await watchOne(records, isDue))
  }
  const least = (of: (run: Longest) => number) => Math.round(Math.min(...runs.map(of)) * 100) / 100
  return {
    cpuMs: least((r) => r.cpuMs),
    wallMs: least((r) => r.wallMs),
    turns: least((r) => r.turns),
    totalMs: least((r) => r.totalMs),
  }
}

async function watchOne(records: number, isDue: boolean): Promise<Longest> {
  const batches = Array.from({ length: records === 0 ? 0 : 60_000 / records }, () => batchOf(records))
  const longest = { cpuMs: 0, wallMs: 0, turns: 0, totalMs: 0 }
  const before = written
  const began = performance.now()
  let [cpu, wall] = [process.threadCpuUsage(), began]
  if (isDue) await processor.tick(at, { now: T0 as EpochMs, caughtUp: async () => false })
  let isFed = false
  const feeding = feed(batches).then(() => {
    isFed = true
  })
  while (!isFed || (isDue && written === before)) {
    await nextTurn()
    const [cpuNow, wallNow] = [process.threadCpuUsage(), performance.now()]
    const usedMs = (cpuNow.user + cpuNow.system - cpu.user - cpu.system) / 1_000
    longest.cpuMs = Math.max(longest.cpuMs, usedMs)
    longest.wallMs = Math.max(longest.wallMs, wallNow - wall)
    longest.turns++
    ;[cpu, wall] = [cpuNow, wallNow]
  }
  await feeding
  return { ...longest, totalMs: performance.now() - began }
}

async function feed(batches: readonly RecordBatch[]): Promise<void> {
  for (const batch of batches) {
    await nextTurn()
    await processor.process(batch)
  }
}

/** Quotes of the next symbols, in an order that no cache likes. */
function batchOf(records: number): RecordBatch {
  const lines = Array.from({ length: records }, () => {
    const n = quoted++
    const symbol = `S${(n * 7_919) % SYMBOLS}`
    const time = T0 + Math.floor(n / SYMBOLS) * 5_000
    const price = 100 + (n % 97) / 10
    return [time, symbol, `{"symbol":"${symbol}","price":${price},"timestamp":${time},"size":${n % 13}}`] as const
  })
  const bytes = Buffer.from(lines.map(([, symbol, value]) => symbol + value).join(''))
  const columns = new GrowingColumns(bytes, () => ({ headers: {}, end: 0 }), records)
  let position = 0
  for (const [row, [time, symbol, value]] of lines.entries()) {
    columns.offsets[row] = offset++
    columns.timestamps[row] = time
    columns.keyStarts[row] = position
    columns.keyEnds[row] = position + symbol.length
    columns.valueStarts[row] = position + symbol.length
    columns.valueEnds[row] = position + symbol.length + value.length
    columns.headerStarts[row] = ABSENT
    position += symbol.length + value.length
    columns.count++
  }
  const next = offset as Offset
  return new ColumnBatch({ ...at, columns, first: 0, count: records, next, logEnd: next })
}
