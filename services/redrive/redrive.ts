// A redrive from survey to summary. A round publishes what is open to it; rounds go on until the newest survey finds
// everything that was chosen redriven, by this redrive or another.

import type { EventLog } from '#log/event_log'
import { OffsetSet } from '#log/offset_set'
import type { QuoteDecoder } from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import type { ChosenLetters } from '#services/redrive/choice'
import { publishLetters } from '#services/redrive/publish'
import { countIn, type Survey, surveyLetters } from '#services/redrive/survey'

/** Rounds in a row that redrive nothing, since another redrive holds the partitions. Beyond: LOG_FAILED. */
const IDLE_ROUNDS_MAX = 20

/** The wait after such a round. */
const IDLE_ROUND_MS = 500

/** What a redrive works with. */
export interface RedriveParts {
  readonly log: EventLog
  readonly clock: Clock
  readonly newId: () => string
  readonly decoder: QuoteDecoder
  readonly signal: AbortSignal
  /** Told in words how far it is. */
  readonly onProgress: (text: string) => void
}

/** What was done. */
export interface Redriven {
  readonly published: number
  /** Chosen letters that another redrive published meanwhile. */
  readonly byOthers: number
}

/**
 * The decoder of a redrive: the platform's, but for one thing. A letter with the wrong key was a valid quote when it
 * was refused, so how far ahead of its arrival its event time is was settled then. Today's FUTURE_TOLERANCE_MS may be
 * shorter.
 */
export function letterDecoder({ settings }: QuoteDecoder): QuoteDecoder {
  return createDecoder({ ...settings, futureToleranceMs: Number.POSITIVE_INFINITY })
}

/** Reads what is there. Throws STOPPED. */
export function survey({ log, newId, signal, onProgress }: RedriveParts): Promise<Survey> {
  const show = (records: number, total: number) => onProgress(`redrive: ${records} of ${total} dead letters read`)
  return surveyLetters(log, { group: `redrive-survey-${newId()}`, signal, onProgress: show })
}

/** Publishes the chosen letters again, each at most once. Throws STOPPED, and LOG_FAILED when others hold them. */
export async function redriveLetters(
  parts: RedriveParts,
  { found, chosen }: { readonly found: Survey; readonly chosen: ChosenLetters },
): Promise<Redriven> {
  const { log, clock, newId, signal, decoder } = parts
  const redrive = newId()
  const partitions = (await log.ranges(PRICES_TOPIC)).length
  let [state, left, idleRounds, shown] = [found, chosen.count, 0, 0]
  const onLetters = (count: number) => {
    shown += count
    parts.onProgress(`redrive: ${Math.min(shown, chosen.count)} of ${chosen.count} published again`)
  }
  while (left > 0) {
    const pending = stillPending(chosen, state)
    const how = { decoder, partitions, newId, signal, onLetters }
    await publishLetters(log, { redrive, survey: state, pending, ...how })
    if (signal.aborted) throw stopped(shown)
    state = await survey(parts)
    const before = left
    left = chosen.count - countChosen(chosen, state, state.redriven)
    idleRounds = left < before ? 0 : idleRounds + 1
    if (idleRounds === IDLE_ROUNDS_MAX) throw heldByOthers(left)
    if (idleRounds > 0) await clock.sleep(IDLE_ROUND_MS, signal)
  }
  const own = state.byRedrive.get(redrive)
  const published = own === undefined ? 0 : countChosen(chosen, state, own)
  return { published, byOthers: chosen.count - published }
}

function stillPending({ pending }: ChosenLetters, { redriven, parts }: Survey): ReadonlyMap<number, OffsetSet> {
  return new Map(
    parts.map(({ partition, end }) => {
      const left = new OffsetSet()
      const chosen = pending.get(partition)?.without(redriven.of(partition), { from: 0, to: end }) ?? []
      for (const offset of chosen) left.add(offset)
      return [partition, left]
    }),
  )
}

function countChosen({ pending }: ChosenLetters, { parts }: Survey, among: Survey['redriven']): number {
  return parts.reduce((sum, part) => {
    const chosen = pending.get(part.partition)
    // From 0: retention may have moved the start beyond letters that were redriven just now.
    return sum + (chosen === undefined ? 0 : countIn(chosen, among.of(part.partition), part.end))
  }, 0)
}

function stopped(count: number): PlatformError {
  const done = `stopped after about ${counted(count, 'dead letter')} had been published again`
  return new PlatformError('STOPPED', `${done}; the same call goes on with those that were not`)
}

function heldByOthers(left: number): PlatformError {
  const what = `${counted(left, 'dead letter')} could not be published: another redrive holds their partitions`
  return new PlatformError('LOG_FAILED', `${what}; call it again when that one has ended`, { retryable: true })
}
