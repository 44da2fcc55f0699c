// Where a simulated symbol is listed, in Yahoo's words: exchange code, currency, and the decimals of its prices. Told
// by the symbol's suffix, as Yahoo's symbols have it.

/** What a symbol's quotes say of it. */
export interface Listing {
  /** Yahoo's code of the exchange; null where we do not know it. */
  readonly exchange: string | null
  readonly currency: string | null
  /** Of its prices. */
  readonly decimals: number
  /** False where Yahoo tells no volume at all: currencies. */
  readonly hasVolume: boolean
}

/** The exchange of a market that never closes. There is none such; packages/calendar has its days. */
export const ALWAYS_OPEN_EXCHANGE = 'SIM'

/** The listing of a symbol; one without a suffix is a US stock. */
export function listingOf(symbol: string): Listing {
  if (symbol.endsWith('=X')) return currencyPair(symbol.slice(0, -2))
  if (symbol.endsWith('=F')) {
    return { ...US, exchange: FUTURES[symbol.slice(0, -2)] ?? 'CME' }
  }
  const pair = /-([A-Z]{3})$/.exec(symbol)
  if (pair !== null) return { ...US, exchange: 'CCC', currency: pair[1] as string }
  if (symbol.startsWith('^')) return { ...US, exchange: 'SNP' }
  const dot = symbol.lastIndexOf('.')
  return dot < 0 ? US : (SUFFIXES[symbol.slice(dot + 1)] ?? UNKNOWN)
}

const US: Listing = { exchange: 'NMS', currency: 'USD', decimals: 2, hasVolume: true }

const UNKNOWN: Listing = { ...US, exchange: null, currency: null }

function listed(exchange: string, currency: string, decimals = 2): Listing {
  return { exchange, currency, decimals, hasVolume: true }
}

/** Of `EURUSD` the currency of the prices is USD; `JPY` alone is a price of a dollar in yen. */
function currencyPair(name: string): Listing {
  const currency = name.slice(-3)
  return { exchange: 'CCY', currency, decimals: currency === 'JPY' ? 3 : 4, hasVolume: false }
}

/** London's prices are in pence. */
const SUFFIXES: Readonly<Record<string, Listing>> = {
  L: listed('LSE', 'GBp'),
  DE: listed('GER', 'EUR'),
  F: listed('FRA', 'EUR'),
  PA: listed('PAR', 'EUR'),
  AS: listed('AMS', 'EUR', 3),
  BR: listed('BRU', 'EUR'),
  LS: listed('LIS', 'EUR', 3),
  SW: listed('EBS', 'CHF'),
  MI: listed('MIL', 'EUR', 3),
  MC: listed('MCE', 'EUR', 3),
  ST: listed('STO', 'SEK'),
  HE: listed('HEL', 'EUR', 3),
  CO: listed('CPH', 'DKK'),
  OL: listed('OSL', 'NOK'),
  T: listed('JPX', 'JPY', 1),
  HK: listed('HKG', 'HKD'),
  NS: listed('NSI', 'INR'),
  BO: listed('BSE', 'INR'),
  TO: listed('TOR', 'CAD'),
  AX: listed('ASX', 'AUD'),
  SS: listed('SHH', 'CNY'),
  SZ: listed('SHZ', 'CNY'),
}

/** Roots of futures that are not of CME itself. */
const FUTURES: Readonly<Record<string, string>> = {
  CL: 'NYM',
  NG: 'NYM',
  GC: 'CMX',
  SI: 'CMX',
  HG: 'CMX',
  ZC: 'CBT',
  ZS: 'CBT',
  ZW: 'CBT',
  YM: 'CBT',
}
