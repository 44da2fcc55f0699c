// The state of the flow, from the log and the tables alone: so it is right whichever processes run where. It never
// throws. What does not answer is null, and `trouble` says why.

import type { Calendar } from '#calendar/calendar'
import type { TableSpec } from '#lake/tables'
import type { EventLog } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import type { FlowState, TableState } from '#services/web/api'
import { type Answer, BoundedAsk } from '#services/web/flow/bounded_ask'
import { EndSamples } from '#services/web/flow/end_samples'
import { FollowedTable, type TableFacts } from '#services/web/flow/followed_table'
import { FLOW_INTERVAL_MS } from '#services/web/flow/limits'
import { type LogFacts, readLogFacts } from '#services/web/flow/log_facts'
import { marketTime } from '#services/web/flow/market_time'
import { type ReadTable, readerLags } from '#services/web/flow/reader_lags'
import { quotesFreshness, type StateFacts, tableState, topicState } from '#services/web/flow/states'
import { WaitingRecords } from '#services/web/flow/waiting_records'
import type { RefusedToday } from '#services/web/refused/refused_today'

/** What the flow asks of whoever reads the topics as they grow. */
export interface LiveFacts {
  /** The event time of the topic's newest record (of dead letters the ingest time); null before the first one. */
  newestEventTime(topic: string): EpochMs | null
  /** Of the newest quote of all; null before the first one. */
  newestQuote(): { readonly source: string | null; readonly marketState: string | null } | null
  /** Those of the markets that the followed symbols trade in. */
  followedCalendars(): Iterable<Calendar>
}

/** What the flow stands on. */
export interface FlowParts {
  readonly log: EventLog
  readonly lake: ObjectStore
  /** The lake's tables; their topics are the flow's. */
  readonly tables: readonly TableSpec[]
  readonly live: LiveFacts
  readonly refused: RefusedToday
  readonly clock: Clock
  readonly newId: () => string
  readonly signal: AbortSignal
}

/** The flow, looked at. */
export class Flow {
  readonly #parts: FlowParts
  readonly #log: BoundedAsk<LogFacts>
  readonly #tables: readonly { readonly spec: TableSpec; readonly ask: BoundedAsk<TableFacts | undefined> }[]
  readonly #samples = new EndSamples()
  readonly #records: WaitingRecords
  #made: { readonly at: EpochMs; readonly state: Promise<FlowState> } | null = null

  constructor(parts: FlowParts) {
    const { log, lake, tables, clock } = parts
    this.#parts = parts
    this.#log = new BoundedAsk(() => this.#lookAtLog(tables.map(({ topic }) => topic)), clock)
    this.#records = new WaitingRecords({ ...parts, log })
    this.#tables = tables.map((spec) => {
      const table = new FollowedTable({ lake, spec, clock })
      return { spec, ask: new BoundedAsk(() => table.newest(), clock) }
    })
  }

  /** The state now, or that of a moment ago: it is made at most once in FLOW_INTERVAL_MS. */
  state(): Promise<FlowState> {
    const now = this.#parts.clock.now()
    if (this.#made === null || now - this.#made.at >= FLOW_INTERVAL_MS) this.#made = { at: now, state: this.#make() }
    return this.#made.state
  }

  /** The tables alone. */
  async tables(): Promise<readonly TableState[]> {
    return (await this.state()).tables
  }

  async #lookAtLog(topics: readonly string[]): Promise<LogFacts> {
    const facts = await readLogFacts(this.#parts.log, topics)
    const now = this.#parts.clock.now()
    for (const topic of facts.topics.values()) this.#samples.take(now, topic)
    return facts
  }

  async #make(): Promise<FlowState> {
    const [log, ...answers] = await Promise.all([this.#log.ask(), ...this.#tables.map(({ ask }) => ask.ask())])
    const tables = this.#tables.map(({ spec }, i) => ({ spec, answer: answers[i] as AskedTable['answer'] }))
    const now = this.#parts.clock.now()
    const facts = this.#facts(log, tables, now)
    const { live, refused } = this.#parts
    return {
      now,
      freshness: quotesFreshness(facts),
      source: live.newestQuote()?.source ?? null,
      newestEventTime: facts.newest.get(PRICES_TOPIC) ?? null,
      topics: tables.map(({ spec }) => topicState(spec, facts)),
      readers: facts.lags.readers,
      tables: tables.map(({ spec, answer }) => tableState(spec, answerOr(answer, 'unknown'), facts)),
      lateQuotes: refused.lateQuotes(now),
      deadLetters: refused.deadLetters(now),
      trouble: troubleOf(log, tables),
    }
  }

  #facts(asked: Answer<LogFacts>, tables: readonly AskedTable[], now: EpochMs): StateFacts {
    const { live } = this.#parts
    const log = answerOr(asked, undefined)
    const read = tables.map(({ spec, answer }) => ({ spec, snapshot: snapshotIn(answerOr(answer, 'unknown')) }))
    const lags = readerLags(log, read, { now, samples: this.#samples, records: this.#records })
    this.#records.lookUp(lags.unsure)
    const newest = new Map(tables.map(({ spec: { topic }, answer }) => [topic, newestOf(live, topic, answer)]))
    const marketState = live.newestQuote()?.marketState ?? null
    const market = marketTime({ now, calendars: live.followedCalendars(), marketState })
    return { market, log, lags, newest, samples: this.#samples }
  }
}

interface AskedTable {
  readonly spec: TableSpec
  readonly answer: Answer<TableFacts | undefined>
}

function answerOr<T, E>(answer: Answer<T>, instead: E): T | E {
  return answer.kind === 'answer' ? answer.value : instead
}

function snapshotIn(read: TableFacts | undefined | 'unknown'): ReadTable['snapshot'] {
  return read === 'unknown' ? read : read?.snapshot
}

/** The table is made from the topic, so what it has was in the topic. */
function newestOf(live: LiveFacts, topic: string, answer: AskedTable['answer']): EpochMs | null {
  const inTopic = live.newestEventTime(topic)
  const inTable = answerOr(answer, undefined)?.newest ?? null
  return inTable !== null && (inTopic === null || inTable > inTopic) ? inTable : inTopic
}

function troubleOf(log: Answer<LogFacts>, tables: readonly AskedTable[]): string | null {
  const troubles = log.kind === 'trouble' ? [`The log does not answer: ${log.trouble}.`] : []
  for (const { spec, answer } of tables) {
    if (answer.kind === 'trouble') troubles.push(`The table ${spec.name} cannot be read: ${answer.trouble}.`)
  }
  return troubles.length === 0 ? null : troubles.join(' ')
}
