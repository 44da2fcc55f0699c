// What must come out of a run: for each partition, record for record, what its committed records and its committed
// forced closings give. Two references. The plain topology over the whole input: all output topics, byte for byte but
// for the processing time. The oracle, which was written apart from it: bars, late quotes, alerts. What became of
// inputs that are no plain quotes is told by the inputs themselves.

import type { LogRecord } from '#log/event_log'
import { ORIGIN_HEADER } from '#market/headers'
import { barsTopic, DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC } from '#market/topics'
import type { EpochMs, Offset } from '#runtime/units'
import { createOutputs, encodeOutputs, type Outputs } from '#services/stream/outputs'
import { decodeMetadata } from '#services/stream/partition/commit_metadata'
import type { ForcedClosing } from '#services/stream/partition/forced_closings'
import { createPartitionState, type PartitionState } from '#services/stream/state/partition_state'
import { advance, advanceQuietClock, drain } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'
import type { SimulatedBroker } from '../cluster/broker.ts'
import type { LogEntry, PartitionLog } from '../cluster/partition_log.ts'
import type { PlannedInput } from './market.ts'
import { foundTexts, oracleOf, oracleTexts } from './oracle_outcome.ts'
import { configAt, rulesAt, topicsAt } from './settings.ts'

/** What stood where in the input topic: `partition/offset` to the input. */
export type Appended = ReadonlyMap<string, PlannedInput>

/** All that is wrong with the committed state of the cluster; empty when nothing is. */
export function violationsOf(broker: SimulatedBroker, appended: Appended, pace: number): string[] {
  const wrong: string[] = []
  const copies = new Map<string, number>()
  for (const [partition, log] of broker.partitionsOf(PRICES_TOPIC).entries()) {
    const committed = log.committed()
    for (const entry of committed) countCopy(entry, copies)
    const forcedClosings = forcedClosingsOf(broker, partition, wrong)
    const reference = referenceOf({ partition, committed, forcedClosings, pace })
    if (isOpen(reference)) {
      wrong.push(`partition ${partition}: a bar is still open although its symbol has been silent for long enough`)
    }
    const compared = { partition, committed, reference, forcedClosings, appended, pace }
    comparePartition(broker, compared, wrong)
    compareWithOracle(broker, compared, wrong)
    checkSum(broker, compared, wrong)
  }
  compareCopies(appended, copies, wrong)
  return wrong
}

/** Whether a bar is still to be closed by the clock. */
export function hasOpenBars(broker: SimulatedBroker, pace: number): boolean {
  const logs = [...broker.partitionsOf(PRICES_TOPIC).entries()]
  return logs.some(([partition, log]) =>
    isOpen(
      referenceOf({
        partition,
        committed: log.committed(),
        forcedClosings: forcedClosingsOf(broker, partition, []),
        pace,
      }),
    ),
  )
}

function isOpen({ state }: Reference): boolean {
  return state.symbols.some(({ dueWindows }) => dueWindows > 0)
}

interface Reference {
  readonly state: PartitionState
  readonly out: Outputs
}

interface ReferenceInput {
  readonly partition: number
  readonly committed: readonly LogEntry[]
  readonly forcedClosings: readonly ForcedClosing[]
  readonly pace: number
}

function referenceOf({ partition, committed, forcedClosings, pace }: ReferenceInput): Reference {
  const state = createPartitionState(partition, { ...configAt(pace), rules: rulesAt(pace) })
  const out = createOutputs()
  const ahead = [...forcedClosings]
  const decideUpTo = (offset: number) => {
    while (ahead[0] !== undefined && ahead[0].offset <= offset) {
      const { kind, clock } = ahead.shift() as ForcedClosing
      if (kind === 'quiet') advanceQuietClock(state, clock, out)
      else drain(state, out)
    }
  }
  for (const entry of committed) {
    decideUpTo(Number(entry.offset))
    advance(state, arrivalOf(recordOf(entry), state.settings.decoder.view), out)
  }
  decideUpTo(Number.MAX_SAFE_INTEGER)
  return { state, out }
}

function recordOf({ offset, timestamp, key, value, headers }: LogEntry): LogRecord {
  return {
    offset: Number(offset) as Offset,
    timestamp: Number(timestamp) as EpochMs,
    key,
    value,
    headers: headers ?? null,
  }
}

function forcedClosingsOf(broker: SimulatedBroker, partition: number, wrong: string[]): readonly ForcedClosing[] {
  const found = broker.offsets.of(PRICES_TOPIC, partition)
  if (found === null) return []
  const metadata = decodeMetadata(found.metadata)
  if (metadata === null) wrong.push(`partition ${partition}: its metadata is not understood: ${found.metadata}`)
  return metadata?.forcedClosings ?? []
}

interface ComparedPartition extends ReferenceInput {
  readonly reference: Reference
  readonly appended: Appended
}

function compareWithOracle(broker: SimulatedBroker, compared: ComparedPartition, wrong: string[]): void {
  const { partition, committed, forcedClosings, appended, pace } = compared
  const inputAt = (offset: string) => appended.get(`${partition}/${offset}`)
  for (const [topic, texts] of oracleTexts(oracleOf({ committed, forcedClosings, inputAt, pace }), pace)) {
    const found = foundTexts(topic, valuesOf(broker.log(topic, partition)))
    compareLists(`${topic}/${partition}, by the oracle`, found, texts, wrong)
  }
}

function comparePartition(broker: SimulatedBroker, compared: ComparedPartition, wrong: string[]): void {
  const { partition, committed, reference, appended, pace } = compared
  const { barIntervalMs } = configAt(pace)
  const place = { partition, processingTime: 0 as EpochMs, barIntervalMs }
  const expected = Map.groupBy(encodeOutputs(reference.out, place), ({ topic }) => topic)
  for (const topic of topicsAt(pace).filter((each) => each !== PRICES_TOPIC)) {
    const values = (expected.get(topic) ?? []).map(({ value }) => unstamped(String(value)))
    compareLists(`${topic}/${partition}`, valuesOf(broker.log(topic, partition)), values, wrong)
  }
  const dead = committed.filter((entry) => appended.get(`${partition}/${entry.offset}`)?.fate.startsWith('dead:'))
  const letters = valuesOf(broker.log(DEAD_LETTERS_TOPIC, partition)).map((value) => JSON.parse(value))
  const told = dead.map(({ offset }) => `${offset} ${appended.get(`${partition}/${offset}`)?.fate}`)
  const found = letters.map(({ offset, reason }) => `${offset} dead:${reason}`)
  compareLists(`dead letters of partition ${partition}`, found, told, wrong)
}

/** Every record read is in a bar, late, a duplicate, a repetition, keyed again, or dead; by what was put out. */
function checkSum(
  broker: SimulatedBroker,
  { partition, committed, reference, pace }: ComparedPartition,
  wrong: string[],
): void {
  const { duplicates, repetitions, rekeyed } = reference.out.counters
  const latest = new Map<string, number>()
  for (const value of valuesOf(broker.log(barsTopic(configAt(pace).barIntervalMs), partition))) {
    const { symbol, windowStart, count } = JSON.parse(value)
    latest.set(`${symbol} ${windowStart}`, count)
  }
  const placed = [...latest.values()].reduce((sum, count) => sum + count, 0)
  const late = broker.log(LATE_TOPIC, partition).committed().length
  const dead = broker.log(DEAD_LETTERS_TOPIC, partition).committed().length
  const told = placed + late + dead + duplicates + repetitions + rekeyed
  if (told !== committed.length) wrong.push(`partition ${partition}: ${committed.length} read, ${told} accounted for`)
}

/** Committed values of a partition, without the processing time. */
function valuesOf(log: PartitionLog): string[] {
  return log.committed().map(({ value }) => unstamped(String(value)))
}

function unstamped(value: string): string {
  return value.replace(/"processingTime":\d+/, '"processingTime":0')
}

function compareLists(what: string, found: readonly string[], expected: readonly string[], wrong: string[]): void {
  const first = expected.findIndex((value, index) => value !== found[index])
  const at = first === -1 && found.length > expected.length ? expected.length : first
  if (at === -1) return
  const counts = `${found.length} records instead of ${expected.length}`
  wrong.push(`${what}: ${counts}; number ${at} is ${found[at] ?? 'missing'} instead of ${expected[at] ?? 'nothing'}`)
}

function countCopy({ headers, key }: LogEntry, copies: Map<string, number>): void {
  const origin = headers?.[ORIGIN_HEADER]
  if (origin === undefined || String(key) === 'OTHER') return
  copies.set(String(origin), (copies.get(String(origin)) ?? 0) + 1)
}

/** Each quote with a wrong key was keyed again exactly once. */
function compareCopies(appended: Appended, copies: ReadonlyMap<string, number>, wrong: string[]): void {
  for (const [place, { fate }] of appended) {
    const count = copies.get(place.replace('/', ':')) ?? 0
    const expected = fate === 'rekey' ? 1 : 0
    if (count !== expected) wrong.push(`the quote at ${place} was keyed again ${count} times instead of ${expected}`)
  }
}
