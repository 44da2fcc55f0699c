// One partition's replay against outputs made by the topology itself: what began in the middle, which forced closings
// were forgotten, what is not sure to be emitted yet.

import { describe, expect, test } from 'vitest'
import type { LogRecord } from '#log/event_log'
import type { EpochMs, Offset } from '#runtime/units'
import { ColdStart } from '#services/audit/replay_check/cold_start'
import type { Unknowns } from '#services/audit/replay_check/comparison'
import { EmittedOutputs } from '#services/audit/replay_check/emitted'
import { OUTPUT_KINDS, outputTopics } from '#services/audit/replay_check/output'
import { newEvidence, PartitionCheck } from '#services/audit/replay_check/partition_check'
import { ReplayFindings } from '#services/audit/replay_check/replay_findings'
import { type Stretch, WHOLE } from '#services/audit/replay_check/stretch'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { clearOutputs, createOutputs, encodeOutputs } from '#services/stream/outputs'
import type { ForcedClosing } from '#services/stream/partition/forced_closings'
import { createPartitionState } from '#services/stream/state/partition_state'
import { advance, advanceQuietClock, drain } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'

const settings = { ...DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES }
const START = Date.UTC(2026, 10, 18, 14, 30)
const HOUR_MS = 3_600_000

/** A seeded sequence in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

/** Quotes of a few days: out of order, late, with ids, sizes and day volumes, some refused. */
function recordsOf(count: number): LogRecord[] {
  const random = seeded(7)
  return Array.from({ length: count }, (_, i) => {
    const timestamp = (START + i * 45_000 + Math.floor(random() * 20_000)) as EpochMs
    const behind = random() < 0.02 ? HOUR_MS : random() < 0.1 ? 200_000 : Math.floor(random() * 3_000)
    const symbol = `S${Math.floor(random() * 4)}`
    const price = random() < 0.01 ? -1 : Math.round(10_000 + 600 * Math.sin(i / 40) + 100 * random()) / 100
    const volume = symbol === 'S1' ? { size: Math.floor(random() * 9) } : symbol === 'S2' ? { dayVolume: i * 10 } : {}
    const id = random() < 0.2 ? { id: String(Math.floor(i / 3)) } : {}
    const value = { symbol, price, timestamp: timestamp - behind, previousClose: 98, ...volume, ...id }
    const bytes = Buffer.from(JSON.stringify(value))
    return { offset: i as Offset, timestamp, key: Buffer.from(symbol), value: bytes, headers: null }
  })
}

/** What a stream with these forced closings has emitted, and when, by the record that brought it about. */
function emittedOf(
  records: readonly LogRecord[],
  forcedClosings: readonly ForcedClosing[] = [],
  emittedAt: (offset: number) => number = () => 0,
): EmittedOutputs {
  const [state, out, ahead] = [createPartitionState(0, settings), createOutputs(), [...forcedClosings]]
  const emitted = new EmittedOutputs()
  const topics = outputTopics(settings.barIntervalMs)
  const place = { partition: 0, processingTime: 9 as EpochMs, barIntervalMs: settings.barIntervalMs }
  const emit = (offset: number) => {
    for (const { topic, value } of encodeOutputs(out, place)) {
      const kind = OUTPUT_KINDS.find((each) => topics[each] === topic)
      if (kind !== undefined) emitted.add(kind, String(value), emittedAt(offset))
    }
    clearOutputs(out)
  }
  const repeatClosings = (offset: number) => {
    while (ahead[0] !== undefined && ahead[0].offset <= offset) {
      const { kind, clock } = ahead.shift() as ForcedClosing
      if (kind === 'drain') drain(state, out)
      else advanceQuietClock(state, clock, out)
    }
  }
  for (const record of records) {
    repeatClosings(record.offset)
    advance(state, arrivalOf(record, settings.decoder.view), out)
    emit(record.offset)
  }
  repeatClosings(records.length)
  emit(records.length)
  return emitted
}

const KNOWN: Unknowns = {
  start: 0,
  cold: null,
  closingsKnownFrom: 0,
  rekeyed: new Set(),
  closingsUnknown: false,
  isEmitted: () => true,
  lagging: false,
}

interface CheckOptions {
  readonly forcedClosings?: readonly ForcedClosing[]
  readonly unknowns?: Partial<Unknowns>
  readonly stretch?: Partial<Stretch>
}

function check(emitted: EmittedOutputs, records: readonly LogRecord[], options: CheckOptions = {}): ReplayFindings {
  const { forcedClosings = [], unknowns, stretch } = options
  const findings = new ReplayFindings(5)
  const asked = { stretch: { ...WHOLE, ...stretch }, partition: 0, warmUp: null }
  const request = { ...asked, settings, findings, onProgress: () => {} }
  const plan = { partition: 0, emitted, forcedClosings, unknowns: { ...KNOWN, ...unknowns } }
  const partitionCheck = new PartitionCheck(plan, request, newEvidence())
  for (const record of records) {
    partitionCheck.take(record, settings.decoder.decode(record))
  }
  partitionCheck.end((records.at(-1)?.offset ?? -1) + 1)
  return findings
}

describe('a replay that begins in the middle', () => {
  const records = recordsOf(6_000)

  test.each([1, 37, 500, 1_234, 2_000, 2_777, 3_001, 4_500, 5_990])('finds no difference from %i on', (start) => {
    const unknowns = { start, cold: new ColdStart(settings) }
    const findings = check(emittedOf(records), records.slice(start), { unknowns })
    expect(findings.listed).toEqual([])
    expect(findings.counts.bars.notComparable).toBeGreaterThan(0)
    if (start < 4_000) {
      for (const kind of ['bars', 'alerts', 'late quotes'] as const)
        expect(findings.counts[kind].equal).toBeGreaterThan(9)
    }
  })

  test('still finds what is missing once a symbol is known again', () => {
    const emitted = emittedOf(records)
    const bar = emitted.left('bars').at(-9)
    emitted.add('bars', (bar?.text ?? '').replace(/"revision":\d+/, '"revision":55'), 1e6)
    const unknowns = { start: 1_000, cold: new ColdStart(settings) }
    expect(check(emitted, records.slice(1_000), { unknowns }).listed).toMatchObject([{ what: 'missing' }])
  })
})

describe('forced closings', () => {
  const records = recordsOf(600)
  const forcedClosings: readonly ForcedClosing[] = [
    { offset: 200, kind: 'drain', clock: 0 },
    { offset: 300, kind: 'quiet', clock: START + 24 * HOUR_MS },
    { offset: 600, kind: 'drain', clock: 0 },
  ]

  test('are taken where they were taken', () => {
    expect(check(emittedOf(records, forcedClosings), records, { forcedClosings }).total).toBe(0)
  })

  test('that were forgotten make bars incomparable, not different', () => {
    const known = forcedClosings.slice(1)
    const all = check(emittedOf(records, forcedClosings), records, { forcedClosings: known })
    expect(all.counts.bars.missing + all.counts.bars.different).toBeGreaterThan(0)
    const unknowns = { closingsKnownFrom: 300 }
    const findings = check(emittedOf(records, forcedClosings), records, { forcedClosings: known, unknowns })
    expect(findings.listed).toEqual([])
    expect(findings.notComparable.decision_forgotten).toBeGreaterThan(0)
  })

  test('belong to the records before them', () => {
    const before = check(emittedOf(records, forcedClosings), records, { forcedClosings, stretch: { to: 200 } })
    const after = check(emittedOf(records, forcedClosings), records, { forcedClosings, stretch: { from: 200 } })
    const all = check(emittedOf(records, forcedClosings), records, { forcedClosings })
    expect(before.total + after.total).toBe(0)
    expect(before.counts.bars.equal + after.counts.bars.equal).toBe(all.counts.bars.equal)
    expect(before.counts.bars.equal).toBeGreaterThan(
      check(emittedOf(records.slice(0, 200)), records.slice(0, 200)).counts.bars.equal,
    )
  })
})

test('what the stream may not have emitted yet is not extra', () => {
  const records = recordsOf(600)
  const emitted = () => emittedOf(records.slice(0, 500))
  expect(check(emitted(), records).counts.bars.extra).toBeGreaterThan(0)
  const isEmitted: Unknowns['isEmitted'] = ({ offset }) => offset < 500
  expect(check(emitted(), records, { unknowns: { isEmitted } }).total).toBe(0)
  const lagging = check(emitted(), records, { unknowns: { isEmitted, lagging: true } })
  expect(lagging.total).toBe(0)
  expect(lagging.notComparable.not_there_yet).toBeGreaterThan(0)
})

test('what may be of records that are not there to be replayed is not missing', () => {
  const records = recordsOf(600)
  const replayed = records.slice(0, 500)
  const emitted = () => emittedOf(records, [], (offset) => records[offset]?.timestamp ?? 0)
  expect(check(emitted(), replayed, { unknowns: { lagging: false } }).total).toBeGreaterThan(0)
  const findings = check(emitted(), replayed, { unknowns: { lagging: true } })
  expect(findings.listed).toEqual([])
  expect(findings.notComparable.not_there_yet).toBeGreaterThan(0)
})

describe('what a version without calendars has emitted', () => {
  const records = recordsOf(2_000)
  const olderText = (text: string) => text.replace(/,"tradeDate":"[^"]+","session":"\w+"|,"volumeSince":\w+/g, '')
  /** As a table has it, be it that it was emitted so, or that an older writer landed it. */
  const rowText = (text: string) => text.replace(/"(tradeDate|session|volumeSince)":("[^"]+"|\w+)/g, '"$1":null')

  function olderOf(change: (text: string) => string, older = olderText): EmittedOutputs {
    const [emitted, changed] = [emittedOf(records), new EmittedOutputs()]
    for (const kind of OUTPUT_KINDS)
      for (const { text } of emitted.left(kind)) changed.add(kind, change(older(text)), 0)
    return changed
  }

  test.each([
    ['in its topic', olderText, /^((?!tradeDate|session|volumeSince).)*$/],
    ['in its table', rowText, /"tradeDate":null,"session":null,.*"volumeSince":null/],
  ])('is equal but for what it did not know, %s', (_, older, pattern) => {
    expect(older(emittedOf(records).left('bars')[0]?.text ?? '')).toMatch(pattern)
    const { counts, total } = check(
      olderOf((text) => text, older),
      records,
    )
    expect(total).toBe(0)
    for (const kind of ['bars', 'alerts'] as const) {
      expect(counts[kind].equal).toBeGreaterThan(9)
      expect(counts[kind].notComparable).toBe(0)
    }
  })

  test.each([
    ['topic', olderText],
    ['table', rowText],
  ])('may have other volumes, and nothing else that differs, in its %s', (_, older) => {
    const volumes = check(
      olderOf((text) => text.replace(/"volume":(\d+)/, '"volume":1$1'), older),
      records,
    )
    expect(volumes.total).toBe(0)
    expect(volumes.notComparable.older_rule).toBeGreaterThan(9)
    const counts = check(
      olderOf((text) => text.replace(/"volume":(\d+)(.*"count":)/, '"volume":1$1$21'), older),
      records,
    )
    expect(counts.counts.bars.different).toBe(volumes.notComparable.older_rule)
  })

  test('may lack alerts, and have others: its rules went by other hours', () => {
    const [emitted, older] = [emittedOf(records), new EmittedOutputs()]
    for (const kind of OUTPUT_KINDS) {
      for (const [n, { text }] of emitted.left(kind).entries()) {
        const other = kind === 'alerts' && n === 1 ? text.replace(/"id":"\w+"/, '"id":"other"') : text
        if (kind !== 'alerts' || n > 0) older.add(kind, olderText(other), 0)
      }
    }
    const { total, counts } = check(older, records)
    expect(total).toBe(0)
    expect(counts.alerts.notComparable).toBe(3)
  })

  test.each(['none', null])(
    'is told apart from what a version with calendars has emitted otherwise: session %s',
    (session) => {
      const emitted = emittedOf(records)
      const [first] = emitted.left('bars')
      const other = (text: string) => text.replace(/"session":"\w+"/, `"session":${JSON.stringify(session)}`)
      const changed = new EmittedOutputs()
      for (const kind of OUTPUT_KINDS) {
        for (const held of emitted.left(kind)) {
          changed.add(kind, held === first ? other(held.text) : held.text, 0)
        }
      }
      expect(check(changed, records).listed).toMatchObject([{ fields: { session: [session, expect.any(String)] } }])
    },
  )
})

test('the same output twice is one too many', () => {
  const records = recordsOf(300)
  const emitted = emittedOf(records)
  for (const kind of ['bars', 'late quotes'] as const) emitted.add(kind, emitted.left(kind)[0]?.text ?? '', 1e6)
  expect(check(emitted, records).listed).toMatchObject([
    { kind: 'bars', what: 'missing' },
    { kind: 'late quotes', what: 'missing' },
  ])
})
