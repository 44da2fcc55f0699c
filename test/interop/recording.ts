// Recordings that a table has a hard time with: nulls, text of all planes and of lengths around the cut of statistics,
// four days, integers beyond 2^53, late quotes, and lines that are no quotes. Invariant: a recording is a function of
// its range.

/** Lines of a recording, and the quotes in them. */
export interface Recording {
  readonly lines: readonly Buffer[]
  readonly quotes: readonly RecordedQuote[]
}

/** What must be found again. */
export interface RecordedQuote {
  readonly symbol: string
  readonly price: number
  readonly timestamp: number
  readonly id: string | null
  readonly extra: string | null
}

const START = Date.UTC(2026, 9, 1, 22)
const STEP_MS = 90_001
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DEAD_EVERY = 25
const LATE_EVERY = 40

const SYMBOLS = ['AAPL', 'BRK-B', '^GSPC', 'EURUSD=X', '0700.HK', 'ZZZZZZZZZZZZZZZZZZZZ', '-']

const DEAD = [
  Buffer.from('{"symbol"'),
  Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x80]),
  Buffer.from('{"symbol":"AAPL","price":-1,"timestamp":1790892000000}'),
  Buffer.from('"\u{1f4c8} no object"'),
]

/** Statistics cut strings after 32 characters: these differ behind the cut, and have their last characters on it. */
const IDS: readonly ((index: number) => string | null)[] = [
  () => null,
  (index) => `id-${index}`,
  (index) => `${'é'.repeat(33)}-${index}`,
  (index) => `${'z'.repeat(31)}\u{1f600}\u{1f600}${index}`,
  (index) => `${'\uffff'.repeat(34)}${index}`,
  (index) => `${'\u{10ffff}'.repeat(33)}${index}`,
  (index) => `it's "quoted" \\ and\ttabbed\nin 日本語 ${index}`,
  () => ' ',
]

const EXTRAS: readonly (string | null)[] = [
  null,
  '{"big":9007199254740993}',
  '{"least":-9223372036854775808,"more":18446744073709551617}',
  '{"text":"ünï\u{1f680}","nested":{"a":[1,null,true]}}',
  '{"edge":9007199254740992,"below":9007199254740991}',
]

const PRICES = [0.1 + 0.2, 123456789.12345679, 1e-9, 1e15 / 3, 2 ** 52 + 1, 100]

/** The lines `from` to `to`, that one not included. */
export function recording(from: number, to: number): Recording {
  const lines: Buffer[] = []
  const quotes: RecordedQuote[] = []
  for (let index = from; index < to; index++) {
    if (index % DEAD_EVERY === DEAD_EVERY - 1) {
      lines.push(DEAD[Math.floor(index / DEAD_EVERY) % DEAD.length] as Buffer)
      continue
    }
    const quote = quoteAt(index)
    quotes.push(quote)
    lines.push(Buffer.from(lineOf(quote, index)))
  }
  return { lines, quotes }
}

function quoteAt(index: number): RecordedQuote {
  return {
    symbol: SYMBOLS[index % SYMBOLS.length] as string,
    price: PRICES[index % PRICES.length] as number,
    timestamp: timestampAt(index),
    id: (IDS[index % IDS.length] as (index: number) => string | null)(index),
    extra: EXTRAS[index % EXTRAS.length] as string | null,
  }
}

/** Some quotes stand on the last and the first millisecond of a day, some come an hour late. */
function timestampAt(index: number): number {
  const time = START + ((index * STEP_MS) % (4 * DAY_MS))
  if (index % LATE_EVERY === LATE_EVERY - 1) return time - HOUR_MS
  if (index % 97 === 0) return time - (time % DAY_MS)
  return index % 89 === 0 ? time - (time % DAY_MS) + DAY_MS - 1 : time
}

/** The extra fields go into the line as they are, with all their digits. */
function lineOf({ extra, ...quote }: RecordedQuote, index: number): string {
  const optional = {
    ...(index % 3 === 0 ? { size: index } : {}),
    ...(index % 4 === 0 ? { dayVolume: 2 ** 53 - 2 + (index % 8) } : {}),
    ...(index % 5 === 0 ? { bid: null, currency: 'USD' } : { bid: 1 / (index + 1), ask: null }),
  }
  const text = JSON.stringify({ ...quote, ...optional })
  return extra === null ? text : `${text.slice(0, -1)},${extra.slice(1)}`
}
