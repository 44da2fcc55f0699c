// Promise: the volume of a trading day in SQL is what was traded on it, whatever the exchange: over its sessions, half
// days, lunch breaks, nights and clock changes, through merged ticks, silences and outages. An outage is told as a gap.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { type GivenDays, simulatedDays, withoutFirstDays } from '#support/simulated_days'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const WORLD = ['AAPL', '0700.HK', '7203.T', 'VOD.L', 'SAP.DE', 'RELIANCE.NS', 'ES=F', 'EURUSD=X', 'BTC-USD']

const WEEKS: readonly [string, GivenDays][] = [
  // Wednesday, Thanksgiving, and the half day after it.
  ['a half day', { symbols: WORLD, from: '2025-11-26T00:00:00Z', to: '2025-11-29T06:00:00Z' }],
  ['a change of clocks', { symbols: WORLD, from: '2025-10-31T00:00:00Z', to: '2025-11-05T12:00:00Z' }],
]

test.each(WEEKS)(
  'the volume of each trading day in SQL is what was traded on it, over %s',
  async (_, days) => {
    const faults = { merged: 0.1, gap: 0.02, outage: 0.02 }
    const { records, ledger } = simulatedDays({ ...days, roundS: 30, faults })
    const folder = temporaryFolder()
    const file = join(folder, 'days.ndjson')
    writeFileSync(file, `${records.map(({ record }) => record.value).join('\n')}\n`)
    const env = { DATA_DIR: folder, SOURCE: 'replay', REPLAY_FILE: file, LOG_LEVEL: 'error' }
    const drained = startTickerlake(['start', '--drain'], env)
    expect(await drained.ended).toEqual({ code: 0, signal: null })

    const told = await sqlRows('SELECT symbol, trade_date, volume FROM bars_1d ORDER BY symbol, trade_date', env)
    const volumes = new Map(told.map(({ symbol, trade_date, volume }) => [`${symbol} ${trade_date}`, volume]))
    const isRolling = (day: string) => /^(BTC-USD|EURUSD=X) /.test(day)
    for (const day of volumes.keys()) if (isRolling(day)) expect([day, volumes.get(day)]).toEqual([day, null])
    const traded = [...withoutFirstDays(ledger)].filter(([day, units]) => units > 0 && !isRolling(day))
    expect(traded.length).toBeGreaterThanOrEqual(10)
    expect(traded.map(([day]) => [day, volumes.get(day)])).toEqual(traded)

    const until = `starts < TIMESTAMPTZ '${days.to}' AND reason = 'down'`
    const outages = await sqlRows(`SELECT starts, ends FROM gaps WHERE symbol = 'ES=F' AND ${until}`, env)
    expect(outages.length).toBeGreaterThan(5)
    for (const { starts, ends } of outages) {
      const [from, to] = [Date.parse(String(starts)), Date.parse(String(ends))]
      expect(records.filter(({ timestamp }) => timestamp >= from && timestamp < to)).toEqual([])
    }
  },
  180_000,
)
