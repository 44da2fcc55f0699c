// Late quotes and dead letters of today as groups. Pure.

import type { DeadLettersOfReason, FlowState } from '../../api.ts'
import { durationText } from '../format/age.ts'
import { priceText } from '../format/number.ts'
import { reasonWords } from './reasons.ts'

/** What is told of a group. */
export interface RefusalFacts {
  readonly name: string
  readonly count: number
  readonly meaning: string
  readonly help: string
  /** The newest one. */
  readonly example: readonly ExampleFact[]
  /** What to type in a terminal; null when that would not help. */
  readonly command: string | null
}

/** A fact of an example. */
export interface ExampleFact {
  readonly name: string
  readonly value: string
  /** It came from a topic: shown as it is, with its spaces. */
  readonly isRaw?: boolean
}

/** How a time is written. */
export type TimeText = (time: number) => string

/** The groups that have something in them: late quotes first, then the reasons in the order of the state. */
export function refusedGroups(state: FlowState, timeText: TimeText): readonly RefusalFacts[] {
  const late = lateGroup(state.lateQuotes, timeText)
  return [...(late === null ? [] : [late]), ...state.deadLetters.reasons.map((each) => reasonGroup(each, timeText))]
}

function lateGroup({ count, example }: FlowState['lateQuotes'], timeText: TimeText): RefusalFacts | null {
  if (count === 0) return null
  return {
    name: 'late quotes',
    count,
    meaning: 'Valid quotes that came when their bar could no longer be revised.',
    help:
      'They are in the tables stocks and late_quotes, but in no bar. A larger ALLOWED_LATENESS_MS lets later quotes ' +
      'revise their bar.',
    command: null,
    example: example === null ? [] : lateFacts(example, timeText),
  }
}

function lateFacts(example: NonNullable<FlowState['lateQuotes']['example']>, timeText: TimeText) {
  const { symbol, price, eventTime, lateByMs } = example
  return [
    { name: 'Symbol', value: symbol, isRaw: true },
    { name: 'Price', value: priceText(price) },
    { name: 'Event time', value: timeText(eventTime) },
    { name: 'Too late by', value: lateByMs < 1000 ? `${lateByMs} ms` : durationText(lateByMs) },
  ]
}

function reasonGroup({ reason, count, example }: DeadLettersOfReason, timeText: TimeText): RefusalFacts {
  const { detail, value, ingestTime, topic, partition, offset } = example
  const { meaning, help, canBeRedriven } = reasonWords(reason)
  return {
    name: reason,
    count,
    meaning,
    help,
    command: canBeRedriven ? `npx tickerlake redrive --reason ${reason} --publish` : null,
    example: [
      { name: 'Detail', value: detail, isRaw: true },
      value === null || value === ''
        ? { name: 'Value', value: value === null ? 'none' : 'empty' }
        : { name: 'Value', value, isRaw: true },
      { name: 'Received', value: timeText(ingestTime) },
      { name: 'Position', value: `${topic}, partition ${partition}, offset ${offset}`, isRaw: true },
    ],
  }
}
