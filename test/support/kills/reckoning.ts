// What the records of stock-prices come to, by the plain topology and, for some symbols, by the oracle; and what stands
// in the output topics. Both as lines of text, so that they can be held against each other record for record.

import type { EventLog, LogRecord } from '#log/event_log'
import { readParts } from '#log/topic_reading'
import { ORIGIN_HEADER } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { EpochMs } from '#runtime/units'
import { clearOutputs, createOutputs, encodeOutputs } from '#services/stream/outputs'
import { createPartitionState, type PartitionState } from '#services/stream/state/partition_state'
import { advance, drain } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'
import { uniqueName } from '#support/services/services'
import { type MarketFacts, Oracle } from '../../unit/services/stream/oracle.ts'
import { KILL_CONFIG, KILL_RULES } from './load.ts'

const READ_MS_MAX = 120_000

const PLACE = { processingTime: 0 as EpochMs, barIntervalMs: KILL_CONFIG.barIntervalMs }

/** Records of a topic as lines `key value`, the processing time set to 0, by partition and in order. */
export type TopicLines = ReadonlyMap<number, readonly string[]>

/** Reads what is committed of a topic. */
export async function readLines(log: EventLog, topic: string): Promise<TopicLines> {
  const lines = new Lines()
  await eachRecord(log, topic, (partition, { key, value }) => {
    lines.add(partition, lineOf(key, textOf(value).replace(PROCESSING_TIME, '"processingTime":0')))
  })
  return lines.byPartition
}

/** Reads stock-prices, and works out what it comes to; `sampled` symbols by the oracle, too. */
export async function reckon(log: EventLog, sampled: ReadonlySet<string>): Promise<Reckoning> {
  const reckoning = new Reckoning(sampled)
  await eachRecord(log, PRICES_TOPIC, (partition, record) => reckoning.take(partition, record))
  reckoning.drain()
  return reckoning
}

/** The first place where two partitions of lines differ, for people; undefined when they are equal. */
export function firstDifference(found: readonly string[], expected: readonly string[]): string | undefined {
  const length = Math.max(found.length, expected.length)
  for (let at = 0; at < length; at++) {
    if (found[at] === expected[at]) continue
    return `record ${at} of ${found.length} (${expected.length} expected) is\n${found[at]}\nnot\n${expected[at]}`
  }
  return undefined
}

/** What should be, worked out record by record. */
export class Reckoning {
  readonly out = createOutputs()
  /** Copies that stand in stock-prices and those that should, as lines by their origin. */
  readonly copies = { found: new Map<string, string>(), expected: new Map<string, string>(), doubles: [] as string[] }
  readonly oracles = new Map<string, Oracle>()
  readonly #states = new Map<number, PartitionState>()
  readonly #lines = new Map<string, Lines>()

  constructor(sampled: ReadonlySet<string>) {
    for (const symbol of sampled) this.oracles.set(symbol, new Oracle(KILL_CONFIG, KILL_RULES, alwaysOpen))
  }

  /** The lines of an output topic. */
  linesOf(topic: string): TopicLines {
    return this.#lines.get(topic)?.byPartition ?? new Map()
  }

  take(partition: number, record: LogRecord): void {
    const state = this.#states.get(partition) ?? createPartitionState(partition, { ...KILL_CONFIG, rules: KILL_RULES })
    this.#states.set(partition, state)
    advance(state, arrivalOf(record, state.settings.decoder.view), this.out)
    this.#keep(partition)
    const origin = record.headers?.[ORIGIN_HEADER]
    if (origin !== undefined) this.#foundCopy(textOf(origin), lineOf(record.key, textOf(record.value)))
    this.#askOracle(record)
  }

  drain(): void {
    for (const [partition, state] of this.#states) {
      drain(state, this.out)
      this.#keep(partition)
    }
    for (const oracle of this.oracles.values()) oracle.drain()
  }

  #keep(partition: number): void {
    for (const { topic, key, value, headers } of encodeOutputs(this.out, { ...PLACE, partition })) {
      const line = lineOf(key, typeof value === 'string' ? value : textOf(value))
      if (topic === PRICES_TOPIC) this.copies.expected.set(String(headers?.[ORIGIN_HEADER]), line)
      else this.#linesOf(topic).add(partition, line)
    }
    clearOutputs(this.out)
  }

  #linesOf(topic: string): Lines {
    const lines = this.#lines.get(topic) ?? new Lines()
    this.#lines.set(topic, lines)
    return lines
  }

  #foundCopy(origin: string, line: string): void {
    if (this.copies.found.has(origin)) this.copies.doubles.push(origin)
    this.copies.found.set(origin, line)
  }

  /** A symbol that is read by itself comes to the same as among others, since silence closes nothing here. */
  #askOracle({ key, value, timestamp, offset }: LogRecord): void {
    const oracle = key === null ? undefined : this.oracles.get(textOf(key))
    if (oracle === undefined) return
    const decoded = KILL_CONFIG.decoder.decode({ value, timestamp })
    if (decoded.kind === 'rejected') return
    const { symbol, price, timestamp: eventTime, ...optional } = decoded.quote
    const known = Object.fromEntries(Object.entries(optional).filter(([, each]) => each !== null))
    oracle.quote({ symbol, price, timestamp: eventTime, ingestTime: timestamp, ...known }, offset)
  }
}

/** The market of the load. */
function alwaysOpen(timestamp: number): MarketFacts {
  return { tradeDate: new Date(timestamp).toISOString().slice(0, 10), session: 'regular' }
}

class Lines {
  readonly byPartition = new Map<number, string[]>()

  add(partition: number, line: string): void {
    const lines = this.byPartition.get(partition)
    if (lines === undefined) this.byPartition.set(partition, [line])
    else lines.push(line)
  }
}

const PROCESSING_TIME = /"processingTime":\d+/

type Take = (partition: number, record: LogRecord) => void

async function eachRecord(log: EventLog, topic: string, take: Take): Promise<void> {
  const reading = {
    parts: await log.ranges(topic),
    group: uniqueName('reader'),
    signal: AbortSignal.timeout(READ_MS_MAX),
  }
  await readParts(log, { ...reading, take: ({ partition }, record) => take(partition, record) })
}

function lineOf(key: Uint8Array | string | null, value: string): string {
  return `${typeof key === 'string' ? key : textOf(key)} ${value}`
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
