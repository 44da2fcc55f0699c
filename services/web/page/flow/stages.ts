// The flow as stages, from the source to the tables, each with what there is to say of it. Pure: the same state at the
// same time gives the same stages, always as many.

import type { FlowState, Freshness, ReaderState, TableState, TopicState } from '../../api.ts'
import {
  freshnessStatus,
  lagStatus,
  lagText,
  rateText,
  type Status,
  shortAgoText,
  shortAmountText,
  sourceText,
} from './words.ts'

/** A step of the flow. */
export interface Stage {
  readonly kind: 'source' | 'topics' | 'reader' | 'tables'
  readonly name: string
  /** What it is, for who does not know. */
  readonly role: string
  readonly status: Status | null
  readonly facts: readonly Fact[]
  /** The parts of a stage that has several. */
  readonly parts: readonly StagePart[]
}

/** Something to know, with its name. */
export interface Fact {
  readonly name: string
  readonly value: string
  /** In full, where the value alone does not say it. */
  readonly note?: string
}

/** One topic or table of several. */
export interface StagePart {
  readonly name: string
  readonly status: Status
  readonly facts: readonly Fact[]
}

/** The stages at a time; the first topic is that of the quotes. */
export function stagesOf(state: FlowState, now: number): readonly Stage[] {
  const [prices, ...results] = state.topics
  return [
    sourceStage(state, now),
    ...(prices === undefined ? [] : [topicStage(prices, now)]),
    readerStage(readerOf(state, 'stream'), { name: 'Stream', role: 'bars, alerts' }),
    partsStage(
      { kind: 'topics', name: 'Results', role: 'topics' },
      results.map((topic) => topicPart(topic, now)),
    ),
    readerStage(readerOf(state, 'writer'), { name: 'Writer', role: 'into tables' }),
    partsStage(
      { kind: 'tables', name: 'Tables', role: 'Delta' },
      state.tables.map((table) => tablePart(table, now)),
    ),
  ]
}

function sourceStage({ source, newestEventTime }: FlowState, now: number): Stage {
  const facts = [{ name: 'Newest', value: shortAgoText(newestEventTime, now), note: NEWEST }]
  return { kind: 'source', name: sourceText(source), role: 'source', status: null, facts, parts: [] }
}

/** Of the cards: a narrow one has no room for more than a number. */
const NEWEST = 'Age of the newest data'
const WAITING = 'Records that wait to be processed'
const OLDEST = 'How long the oldest of them has waited'

function topicStage(topic: TopicState, now: number): Stage {
  return {
    kind: 'topics',
    name: topic.topic,
    role: 'topic',
    status: freshnessStatus(topic.freshness),
    facts: [
      rateFact('Rate', topic),
      { name: 'Records', value: shortAmountText(topic.records) },
      { name: 'Newest', value: shortAgoText(topic.newestEventTime, now), note: NEWEST },
    ],
    parts: [],
  }
}

function readerOf({ readers }: FlowState, name: ReaderState['name']): Omit<ReaderState, 'name'> {
  return readers.find((reader) => reader.name === name) ?? { lagRecords: null, lagSeconds: null }
}

function readerStage(lag: Omit<ReaderState, 'name'>, what: Pick<Stage, 'name' | 'role'>): Stage {
  return {
    kind: 'reader',
    ...what,
    status: lagStatus(lag),
    facts: [
      { name: 'Waiting', value: shortAmountText(lag.lagRecords), note: WAITING },
      { name: 'Oldest', value: lagText(lag.lagSeconds), note: OLDEST },
    ],
    parts: [],
  }
}

/** Of a topic that is there, but has not been looked at for long enough, the rate is on its way. */
function rateFact(name: string, { records, recordsPerSecond }: TopicState): Fact {
  if (records === null || recordsPerSecond !== null) return { name, value: rateText(recordsPerSecond) }
  return { name, value: '…', note: `${name}: being measured` }
}

function partsStage(what: Pick<Stage, 'kind' | 'name' | 'role'>, parts: readonly StagePart[]): Stage {
  return { ...what, status: null, facts: [], parts }
}

function topicPart(topic: TopicState, now: number): StagePart {
  const name = topic.topic
    .replace(/^stock-/, '')
    .replace('prices-late', 'late quotes')
    .replace('dead-letters', 'dead letters')
  return partOf(name, topic.freshness, [
    rateFact('rate', topic),
    { name: 'newest', value: shortAgoText(topic.newestEventTime, now) },
  ])
}

function tablePart({ name, freshness, rows, lastCommit }: TableState, now: number): StagePart {
  return partOf(name, freshness, [
    { name: 'rows', value: shortAmountText(rows) },
    { name: 'last commit', value: shortAgoText(lastCommit, now) },
  ])
}

/** Where nothing is or nothing is known, the word says all there is. */
function partOf(name: string, freshness: Freshness, facts: readonly Fact[]): StagePart {
  const isTold = freshness !== 'empty' && freshness !== 'unavailable'
  return { name, status: freshnessStatus(freshness), facts: isTold ? facts : [] }
}
