import { describe, expect, test } from 'vitest'
import { parseTradeDate, type TradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { Plan } from '#services/backfill/plan'
import type { BackfillSummary } from '#services/backfill/summary'
import { planReport, summaryReport, throwUnlessWhole } from '#services/cli/print/backfill_report'

const now = Date.parse('2026-11-29T12:00:00Z') as EpochMs
const date = (text: string) => parseTradeDate(text) as TradeDate
const wish = { symbols: ['AAPL', 'MSFT'], grain: '1m', from: date('2026-10-01'), to: date('2026-11-30') } as const
const asText = { wish, now, asJson: false }

const whole: BackfillSummary = {
  planned: 38,
  doneBefore: 2,
  beyondReach: 44,
  requests: 10,
  left: 0,
  bars: 24_321,
  days: { complete: 35, partial: 0, none: 2, no_session: 1 },
  corporateActions: 2,
  failed: [],
  durationMs: 15_200,
  end: { kind: 'done' },
}
const nothing = { ...whole, requests: 0, bars: 0, days: { complete: 0, partial: 0, none: 0, no_session: 0 } }

describe('the report of a backfill', () => {
  test('says what was fetched, what cannot be had, and what to do next', () => {
    expect(summaryReport(whole, asText)).toBe(
      `38 trading days of 2 symbols in 1m bars (35 complete, 2 without data, 1 without a session): 24,321 bars, \
2 splits and dividends, in 10 requests and 15 s
2 trading days are done already
44 trading days before 2026-10-31 can never be filled with 1m bars: Yahoo has none so old; --grain 5m goes back that far
a running \`start\` or \`write\` lands them in the tables; if none runs: tickerlake write --drain
then: tickerlake sql "SELECT * FROM history WHERE grain = '1m' ORDER BY window_start DESC LIMIT 10"
`,
    )
  })

  test('says of nothing that it is nothing', () => {
    expect(summaryReport({ ...nothing, beyondReach: 0 }, asText)).toBe(
      'nothing was fetched\n2 trading days are done already\n',
    )
  })

  test('lists failures, and of very many some', () => {
    const failed = Array.from({ length: 25 }, (_, i) => ({ request: `S${i} 1m 2026-11-27`, detail: '404' }))
    const lines = summaryReport({ ...nothing, requests: 25, failed }, asText).split('\n')
    expect(lines.filter((line) => line.startsWith('no history of S'))).toHaveLength(20)
    expect(lines).toContain('and 5 more; --json lists all')
  })

  test('is all of it as JSON', () => {
    const shown = JSON.parse(summaryReport(whole, { ...asText, asJson: true }))
    expect(shown).toEqual({ ...whole, symbols: wish.symbols, grain: '1m', from: '2026-10-01', to: '2026-11-30' })
  })
})

describe('the report of a plan', () => {
  const plan: Plan = {
    units: Array.from({ length: 40 }, () => ({}) as Plan['units'][number]),
    days: 38,
    done: 0,
    beyondReach: 0,
  }
  const paced = { ...asText, intervalMs: 1_500 }

  test('says how much would be asked, and how long it takes', () => {
    expect(planReport(plan, paced)).toBe(
      `38 trading days of 2 symbols in 1m bars would take 40 requests, and about 1 min
nothing was fetched; run again without --dry-run to fetch it
`,
    )
    expect(planReport({ ...plan, units: [], days: 0, done: 3 }, paced)).toBe(
      'there is nothing to fetch\n3 trading days are done already\n',
    )
  })

  test('is JSON, too', () => {
    expect(JSON.parse(planReport(plan, { ...paced, asJson: true }))).toEqual({
      dryRun: true,
      symbols: wish.symbols,
      grain: '1m',
      from: '2026-10-01',
      to: '2026-11-30',
      requests: 40,
      days: 38,
      doneBefore: 0,
      beyondReach: 0,
      aboutMs: 60_000,
    })
  })
})

describe('a backfill that is not whole', () => {
  const refused = (retryAfterMs: number | null) => ({ kind: 'refused', detail: '429', retryAfterMs }) as const
  const asked = 'Yahoo gives no more history (429); 0 of 4 requests were answered; the same command goes on from there'

  test.each([
    [600_000, 'in 10 min'],
    [null, 'later'],
    // Retry-After: -5, or a date that is past.
    [0, 'later'],
  ])('after a Retry-After of %j ms goes on %j', (retryAfterMs, when) => {
    const summary = { ...nothing, left: 4, end: refused(retryAfterMs) }
    expect(() => throwUnlessWhole(summary)).toThrow(`${asked}, ${when}`)
  })

  test('says how many requests were answered when it is stopped', () => {
    const summary = { ...whole, left: 4, end: { kind: 'stopped' } } as const
    expect(() => throwUnlessWhole(summary)).toThrow(
      'stopped; 10 of 14 requests were answered; the same command goes on from there',
    )
  })

  test('a whole one does not throw', () => expect(() => throwUnlessWhole(whole)).not.toThrow())
})
