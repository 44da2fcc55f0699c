import { expect, test } from 'vitest'
import { listingOf } from '#services/producer/sources/simulator/listings'

test.each([
  ['AAPL', 'NMS', 'USD', 2],
  ['BRK-B', 'NMS', 'USD', 2],
  ['^GSPC', 'SNP', 'USD', 2],
  ['0700.HK', 'HKG', 'HKD', 2],
  ['7203.T', 'JPX', 'JPY', 1],
  ['VOD.L', 'LSE', 'GBp', 2],
  ['SAP.DE', 'GER', 'EUR', 2],
  ['RELIANCE.NS', 'NSI', 'INR', 2],
  ['ES=F', 'CME', 'USD', 2],
  ['CL=F', 'NYM', 'USD', 2],
  ['BTC-USD', 'CCC', 'USD', 2],
  ['ETH-EUR', 'CCC', 'EUR', 2],
  ['EURUSD=X', 'CCY', 'USD', 4],
  ['JPY=X', 'CCY', 'JPY', 3],
  ['A.VI', null, null, 2],
])('%s is listed as %s in %s, with %i decimals', (symbol, exchange, currency, decimals) => {
  expect(listingOf(symbol)).toEqual({ exchange, currency, decimals, hasVolume: exchange !== 'CCY' })
})
