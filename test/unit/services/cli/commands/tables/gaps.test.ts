// `tickerlake gaps` over a lake of which it is known what is missing: half a day of two symbols in New York, an outage
// of both, a silence of one, and history of a part of it.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { epochMs } from '#runtime/units'
import { gapsCommand } from '#services/cli/commands/tables/gaps'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { runCommand } from '#support/command_context'
import { appendHistoryBars, appendHistoryDays, appendLiveBars, appendQuotes, minutesOf } from '#support/lake/gap_lake'
import { createLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

/** The Friday after Thanksgiving, before New York closes early. */
const NOW = epochMs(Date.parse('2026-11-27T16:00:30Z'))

let lake: string

beforeAll(async () => {
  lake = newFolder()
  await createLake(lake)
  await appendLiveBars(lake, [
    // Down from 15:00 to 15:10; then MSFT is silent for five minutes more.
    ...minutesOf('AAPL', '2026-11-27T14:40:00Z', 20),
    ...minutesOf('MSFT', '2026-11-27T14:40:00Z', 20),
    ...minutesOf('AAPL', '2026-11-27T15:10:00Z', 50),
    ...minutesOf('MSFT', '2026-11-27T15:15:00Z', 45),
    ...minutesOf('BTC-USD', '2026-11-27T15:59:00Z', 1),
  ])
  await appendQuotes(lake, [
    { symbol: 'AAPL', time: '2026-11-27T15:59:10Z', exchange: 'NMS' },
    { symbol: 'MSFT', time: '2026-11-27T15:59:20Z' },
  ])
  // History of MSFT has all minutes but two of the outage, and one of the silence.
  const covered = minutesOf('MSFT', '2026-11-27T14:30:00Z', 45)
  const untraded = ['15:03:', '15:04:', '15:12:']
  await appendHistoryBars(
    lake,
    covered.filter(({ start }) => !untraded.some((time) => start.includes(`T${time}`))),
  )
  await appendHistoryDays(lake, [
    { symbol: 'MSFT', tradeDate: '2026-11-27', from: '2026-11-27T14:30:00Z', until: '2026-11-27T15:13:00Z' },
  ])
})

afterAll(() => removeFolder(lake))

function gaps(values: Record<string, string | boolean> = {}, now = NOW) {
  const clock = { ...systemClock, now: () => now }
  return runCommand(gapsCommand, { env: { LAKE_URL: lake }, values, clock })
}

describe('for people', () => {
  test('symbols that miss the same stretch share a row, the newest is first, and the sums come last', async () => {
    const { stdout } = await gaps()
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      ' trade date | from (UTC)       | to    | minutes | reason        | history    | symbols',
      '------------+------------------+-------+---------+---------------+------------+---------',
      ' 2026-11-27 | 2026-11-27 15:13 | 15:15 |       2 | source silent | filled     | MSFT',
      ' 2026-11-27 | 2026-11-27 15:12 | 15:13 |       1 | no trade      | not needed | MSFT',
      ' 2026-11-27 | 2026-11-27 15:10 | 15:12 |       2 | source silent | filled     | MSFT',
      ' 2026-11-27 | 2026-11-27 15:05 | 15:10 |       5 | down          | filled     | MSFT',
      ' 2026-11-27 | 2026-11-27 15:03 | 15:05 |       2 | no trade      | not needed | MSFT',
      ' 2026-11-27 | 2026-11-27 15:00 | 15:10 |      10 | down          | pending    | AAPL',
      ' 2026-11-27 | 2026-11-27 15:00 | 15:03 |       3 | down          | filled     | MSFT',
      '',
      '25 minutes of 2 symbols without a bar: 18 down, 4 source silent, 3 no trade.',
      'In history: 12 filled, 10 pending, 3 not needed.',
      'To fill what is pending: tickerlake backfill --from 2026-11-27 --grain 1m --symbols AAPL',
      '',
    ])
  })

  test('without gaps it says so', async () => {
    const { stdout } = await gaps({ from: '2026-11-28' })
    expect(stdout).toBe('No gaps: every minute of regular hours has its bar.\n')
  })

  test('symbols that never had a bar are named, and are not said to have all of theirs', async () => {
    const unknown = 'There is no live bar of NOPE, so none is expected.\n'
    expect((await gaps({ symbols: 'NOPE' })).stdout).toBe(unknown)
    const { stdout } = await gaps({ symbols: 'AAPL,NOPE' })
    expect(stdout).toContain('10 minutes of 1 symbol without a bar: 10 down.\n')
    expect(stdout.endsWith(unknown)).toBe(true)
    const both = await gaps({ symbols: 'AAPL,NOPE', from: '2026-11-28' })
    expect(both.stdout).toBe(`No gaps: every minute of regular hours has its bar.\n${unknown}`)
  })

  test('a lake without a live bar has no gaps to count yet', async () => {
    const empty = newFolder()
    onTestFinished(() => removeFolder(empty))
    await createLake(empty)
    const { stdout } = await runCommand(gapsCommand, { env: { LAKE_URL: empty } })
    expect(stdout).toBe('There is no live bar yet. Gaps are counted from the first one on.\n')
  })

  test('what is too new or not in regular hours is no gap', async () => {
    const night = epochMs(Date.parse('2026-11-28T04:00:00Z'))
    const { stdout } = await gaps({ symbols: 'AAPL' }, night)
    // The half day ends at 18:00.
    expect(stdout).toContain('| 2026-11-27 16:00 | 18:00 |     120 | down ')
    const soon = epochMs(Date.parse('2026-11-27T16:05:59Z'))
    expect((await gaps({ symbols: 'AAPL' }, soon)).stdout).not.toContain('16:00')
    const later = epochMs(Date.parse('2026-11-27T16:06:00Z'))
    expect((await gaps({ symbols: 'AAPL' }, later)).stdout).toContain('| 2026-11-27 16:00 | 16:01 |       1 | down ')
  })

  test('before the first bar only what is asked for is missing, and minutes are kept for 30 days', async () => {
    const { stdout } = await gaps({ from: '2026-10-27', to: '2026-10-28', symbols: 'AAPL' })
    expect(stdout).toContain('| 2026-10-28 13:30 | 16:01 |     151 | not followed | out of reach')
    expect(stdout).toContain('| 2026-10-28 16:01 | 20:00 |     239 | not followed | pending')
    expect(stdout).toContain('| 2026-10-27 13:30 | 20:00 |     390 | not followed | out of reach')
  })
})

test('a stretch that ends on another date says on which', async () => {
  const { stdout } = await gaps({ from: '2026-11-26', to: '2026-11-26', symbols: 'BTC-USD' })
  expect(stdout).toContain('| 2026-11-26 00:00 | 2026-11-27 00:00 |    1440 | not followed | pending | BTC-USD')
})

describe('for programs', () => {
  test('each symbol has rows of its own, with instants, and the sums are told apart', async () => {
    const { gaps: rows, summary } = JSON.parse((await gaps({ json: true, symbols: 'AAPL' })).stdout)
    expect(rows).toEqual([
      {
        ...{ symbol: 'AAPL', trade_date: '2026-11-27', session: 'regular' },
        ...{ starts: '2026-11-27T15:00:00Z', ends: '2026-11-27T15:10:00Z', minutes: 10 },
        ...{ reason: 'down', backfill: 'pending' },
      },
    ])
    expect(summary).toEqual({
      ...{ minutes: 10, symbols: 1, reasons: { down: 10 }, backfill: { pending: 10 } },
      command: 'tickerlake backfill --from 2026-11-27 --grain 1m --symbols AAPL',
    })
  })

  test('csv has the rows alone, and the sums are on stderr', async () => {
    const { stdout, stderr } = await gaps({ format: 'csv', symbols: 'AAPL, MSFT' })
    const lines = stdout.trimEnd().split(/\r?\n/)
    expect(lines[0]).toBe('symbol,trade_date,session,starts,ends,minutes,reason,backfill')
    expect(lines).toHaveLength(8)
    expect(stderr).toMatch(/^25 minutes of 2 symbols without a bar/)
  })

  test('without gaps they are empty', async () => {
    expect(JSON.parse((await gaps({ json: true, to: '2026-11-26' })).stdout)).toEqual({
      gaps: [],
      summary: { minutes: 0, symbols: 0, reasons: {}, backfill: {}, command: null },
    })
    expect((await gaps({ format: 'ndjson', to: '2026-11-26' })).stdout).toBe('')
  })
})

test('the view can be asked by anybody, with conditions of his own', async () => {
  const query = `SELECT reason, sum(minutes)::INTEGER AS minutes FROM gaps
    WHERE symbol = 'MSFT' AND trade_date = '2026-11-27' AND starts < '2026-11-27T16:00:00Z' GROUP BY 1 ORDER BY 1`
  const call = { env: { LAKE_URL: lake }, positionals: [query], values: { json: true } }
  const rows = [
    { reason: 'down', minutes: 8 },
    { reason: 'no_trade', minutes: 3 },
    { reason: 'source_silent', minutes: 4 },
  ]
  const clock = { ...systemClock, now: () => NOW }
  expect(JSON.parse((await runCommand(sqlCommand, { ...call, clock })).stdout)).toEqual(rows)
})

describe('wrong words are refused before anything is opened', () => {
  test.each([
    [{ from: '2026-02-30' }, '--from takes a date as in 2026-11-23, not "2026-02-30"'],
    [{ to: 'yesterday' }, '--to takes a date as in 2026-11-23, not "yesterday"'],
    [{ from: '2026-11-27', to: '2026-11-26' }, '--from 2026-11-27 is after --to 2026-11-26'],
    [{ symbols: 'AAPL,apple' }, '--symbols names "apple"; a symbol is'],
    [{ symbols: ' , ' }, '--symbols must name at least one symbol'],
    [{ format: 'xml' }, '--format takes table, json, ndjson, csv, markdown, not "xml"'],
    [{ json: true, format: 'csv' }, '--json and --format csv contradict each other'],
  ])('%o', async (values, message) => {
    const run = runCommand(gapsCommand, { env: { LAKE_URL: '/nowhere' }, values: values as Record<string, string> })
    await expect(run).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) })
  })
})
