// What a backfill says to a person: what it fetched, what it could not, and what to do next.

import { tradeDateText } from '#market/session'
import { displayLines } from '#runtime/console/display_text'
import { counted, durationText, grouped } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import type { EpochMs } from '#runtime/units'
import type { Plan, Wish } from '#services/backfill/plan'
import type { BackfillSummary } from '#services/backfill/summary'
import { endText } from '#services/backfill/words'
import { jsonText } from '#services/cli/print/json_text'
import { grainFor, reachDate } from '#services/cli/wish_words'

/** What was wished for, and how to say what came of it. */
export interface ReportOptions {
  readonly wish: Wish
  readonly now: EpochMs
  readonly asJson: boolean
}

/** What a plan comes to. */
export function planReport(
  plan: Plan,
  { intervalMs, ...options }: ReportOptions & { readonly intervalMs: number },
): string {
  const { days, done: doneBefore, beyondReach } = plan
  const requests = plan.units.length
  const aboutMs = requests * intervalMs
  const facts = { dryRun: true, ...wishFacts(options.wish), requests, days, doneBefore, beyondReach, aboutMs }
  if (options.asJson) return jsonText(facts)
  const what = `${daysText(days, options.wish)} would take ${counted(requests, 'request')}`
  const lines = [
    days === 0 ? 'there is nothing to fetch' : `${what}, and about ${durationText(aboutMs)}`,
    ...reachLines({ doneBefore, beyondReach }, options),
    ...(days === 0 ? [] : ['nothing was fetched; run again without --dry-run to fetch it']),
  ]
  return `${lines.join('\n')}\n`
}

/** What a backfill did. */
export function summaryReport(summary: BackfillSummary, options: ReportOptions): string {
  if (options.asJson) return jsonText({ ...wishFacts(options.wish), ...summary })
  const lines = [fetchedLine(summary, options), ...reachLines(summary, options), ...failedLines(summary)]
  return displayLines(`${[...lines, ...nextLines(summary, options)].join('\n')}\n`)
}

/** What was done is durable, and said before. Throws STOPPED or SOURCE_FAILED. */
export function throwUnlessWhole({ end, requests, left, failed }: BackfillSummary): void {
  const answered = `${requests} of ${requests + left} requests were answered`
  if (end.kind === 'refused') {
    const when = restText(end.retryAfterMs)
    throw new PlatformError(
      'SOURCE_FAILED',
      `${endText(end)}; ${answered}; the same command goes on from there, ${when}`,
    )
  }
  if (end.kind !== 'done') {
    throw new PlatformError('STOPPED', `${endText(end)}; ${answered}; the same command goes on from there`)
  }
  if (failed.length === 0) return
  const what = `${failed.length} of ${requests} requests brought nothing usable`
  throw new PlatformError('SOURCE_FAILED', `${what}; the same command asks for them again`)
}

/** No rest at all is no hint of when: it was asked again at once, and refused. */
function restText(retryAfterMs: number | null): string {
  return retryAfterMs === null || retryAfterMs <= 0 ? 'later' : `in ${durationText(retryAfterMs)}`
}

function wishFacts({ symbols, grain, from, to }: Wish) {
  return { symbols, grain, from: tradeDateText(from), to: tradeDateText(to) }
}

function daysText(days: number, { symbols, grain }: Wish): string {
  const whose = symbols.length === 1 ? symbols[0] : `${grouped(symbols.length)} symbols`
  return `${counted(days, 'trading day')} of ${whose} in ${grain} bars`
}

const STATE_WORDS = {
  complete: 'complete',
  partial: 'still running',
  none: 'without data',
  no_session: 'without a session',
} as const

function fetchedLine(
  { days, bars, corporateActions, requests, durationMs }: BackfillSummary,
  { wish }: ReportOptions,
): string {
  const fetched = Object.values(days).reduce((sum, count) => sum + count, 0)
  if (fetched === 0 && requests === 0) return 'nothing was fetched'
  const states = Object.entries(STATE_WORDS)
    .filter(([state]) => days[state as keyof typeof days] > 0)
    .map(([state, words]) => `${grouped(days[state as keyof typeof days])} ${words}`)
  const kinds = states.length === 0 ? '' : ` (${states.join(', ')})`
  const actions =
    corporateActions === 0
      ? ''
      : `, ${grouped(corporateActions)} ${corporateActions === 1 ? 'split or dividend' : 'splits and dividends'}`
  const took = `in ${counted(requests, 'request')} and ${durationText(durationMs)}`
  return `${daysText(fetched, wish)}${kinds}: ${counted(bars, 'bar')}${actions}, ${took}`
}

function reachLines(
  { doneBefore, beyondReach }: Pick<BackfillSummary, 'doneBefore' | 'beyondReach'>,
  { wish, now }: ReportOptions,
): string[] {
  const lines = doneBefore === 0 ? [] : [`${counted(doneBefore, 'trading day')} ${isOrAre(doneBefore)} done already`]
  if (beyondReach === 0) return lines
  const first = tradeDateText(reachDate(wish.grain, now))
  const what = `${counted(beyondReach, 'trading day')} before ${first} can never be filled with ${wish.grain} bars`
  return [...lines, `${what}: Yahoo has none so old; --grain ${grainFor(wish.from, now)} goes back that far`]
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are'
}

/** Failed requests that are listed; the rest are counted. */
const FAILURES_SHOWN = 20

function failedLines({ failed }: BackfillSummary): string[] {
  const shown = failed.slice(0, FAILURES_SHOWN).map(({ request, detail }) => `no history of ${request}: ${detail}`)
  const more = failed.length - shown.length
  return more > 0 ? [...shown, `and ${grouped(more)} more; --json lists all`] : shown
}

function nextLines({ bars }: BackfillSummary, { wish }: ReportOptions): string[] {
  if (bars === 0) return []
  const query = `SELECT * FROM history WHERE grain = '${wish.grain}' ORDER BY window_start DESC LIMIT 10`
  return [
    'a running `start` or `write` lands them in the tables; if none runs: tickerlake write --drain',
    `then: tickerlake sql "${query}"`,
  ]
}
