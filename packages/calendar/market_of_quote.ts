// Which market a quote comes from: by its exchange code, or by the suffix or form of its symbol. Codes are MICs
// (ISO 10383), those that Yahoo sends, and common names. Suffixes and forms are Yahoo's: VOD.L, ES=F, EURUSD=X,
// BTC-USD.

/** What tells that a quote is of a calendar: its name, or a zone where the hours of the exchange are not known. */
interface Marks {
  readonly calendar: string
  readonly codes: string
  readonly suffixes?: string
}

const MARKS: readonly Marks[] = [
  {
    calendar: 'XNYS',
    codes: `XNYS XNAS XNGS XNMS XNCM XASE ARCX BATS BATY EDGA EDGX IEXG MEMX XBOS XPHL XCHI XCBO
      NMS NGM NCM NAS NYQ NYS ASE PCX BTS PNK OQB OQX OEM OTC OID OPR CBO CXI CXA WCB CGI NIM SNP DJI
      NYSE NASDAQ AMEX ARCA`,
  },
  { calendar: '24/7', codes: 'CCC' },
  { calendar: 'FX', codes: 'CCY' },
  { calendar: 'SIM', codes: 'SIM' },
  { calendar: 'CME', codes: 'CME CBT NYM CMX CEC NYB XCME XCBT XNYM XCEC GLBX CMES', suffixes: 'NYB CME CBT NYM CMX' },
  { calendar: 'XTSE', codes: 'TOR VAN CNQ NEO TSX XTSE XTSX', suffixes: 'TO V CN NE' },
  { calendar: 'XLON', codes: 'LSE IOB FGI AIMX XLON', suffixes: 'L IL' },
  { calendar: 'XETR', codes: 'GER XETRA XETR', suffixes: 'DE' },
  {
    calendar: 'XFRA',
    codes: 'FRA STU DUS HAM HAN MUN BER XFRA XSTU XDUS XHAM XHAN XMUN XBER',
    suffixes: 'F SG DU HM HA MU BE',
  },
  { calendar: 'XPAR', codes: 'PAR ENX XPAR', suffixes: 'PA' },
  { calendar: 'XAMS', codes: 'AMS XAMS', suffixes: 'AS' },
  { calendar: 'XBRU', codes: 'BRU XBRU', suffixes: 'BR' },
  { calendar: 'XLIS', codes: 'LIS XLIS', suffixes: 'LS' },
  { calendar: 'XSWX', codes: 'EBS ZRH VTX XSWX XVTX', suffixes: 'SW VX' },
  { calendar: 'XMIL', codes: 'MIL XMIL MTAA', suffixes: 'MI' },
  { calendar: 'XMAD', codes: 'MCE XMAD', suffixes: 'MC MA' },
  { calendar: 'XSTO', codes: 'STO XSTO', suffixes: 'ST' },
  { calendar: 'XHEL', codes: 'HEL XHEL', suffixes: 'HE' },
  { calendar: 'XCSE', codes: 'CPH XCSE', suffixes: 'CO' },
  { calendar: 'XOSL', codes: 'OSL XOSL', suffixes: 'OL' },
  { calendar: 'XTKS', codes: 'JPX OSA XTKS', suffixes: 'T' },
  { calendar: 'XHKG', codes: 'HKG HKSE SEHK XHKG', suffixes: 'HK' },
  { calendar: 'XSHG', codes: 'SHH SHZ XSHG XSHE', suffixes: 'SS SZ' },
  { calendar: 'XNSE', codes: 'NSI BSE NSE XNSE XBOM', suffixes: 'NS BO' },
  { calendar: 'XASX', codes: 'ASX XASX', suffixes: 'AX' },
  { calendar: 'Europe/Vienna', codes: 'VIE XWBO', suffixes: 'VI' },
  { calendar: 'Europe/Dublin', codes: 'ISE XDUB', suffixes: 'IR' },
  { calendar: 'Europe/Warsaw', codes: 'WSE XWAR', suffixes: 'WA' },
  { calendar: 'Europe/Prague', codes: 'PRA XPRA', suffixes: 'PR' },
  { calendar: 'Europe/Budapest', codes: 'BUD XBUD', suffixes: 'BD' },
  { calendar: 'Europe/Athens', codes: 'ATH ASEX', suffixes: 'AT' },
  { calendar: 'Europe/Istanbul', codes: 'IST XIST', suffixes: 'IS' },
  { calendar: 'Atlantic/Reykjavik', codes: 'ICE XICE', suffixes: 'IC' },
  { calendar: 'Asia/Jerusalem', codes: 'TLV XTAE', suffixes: 'TA' },
  { calendar: 'Asia/Riyadh', codes: 'SAU XSAU', suffixes: 'SR' },
  { calendar: 'Asia/Qatar', codes: 'DOH DSMD', suffixes: 'QA' },
  { calendar: 'Africa/Cairo', codes: 'CAI XCAI', suffixes: 'CA' },
  { calendar: 'Africa/Johannesburg', codes: 'JNB XJSE', suffixes: 'JO' },
  { calendar: 'America/Sao_Paulo', codes: 'SAO BVMF', suffixes: 'SA' },
  { calendar: 'America/Mexico_City', codes: 'MEX XMEX', suffixes: 'MX' },
  { calendar: 'America/Buenos_Aires', codes: 'BUE XBUE', suffixes: 'BA' },
  { calendar: 'America/Santiago', codes: 'SGO XSGO', suffixes: 'SN' },
  { calendar: 'Asia/Seoul', codes: 'KSC KOE XKRX XKOS', suffixes: 'KS KQ' },
  { calendar: 'Asia/Taipei', codes: 'TAI TWO XTAI ROCO', suffixes: 'TW TWO' },
  { calendar: 'Asia/Singapore', codes: 'SES XSES', suffixes: 'SI' },
  { calendar: 'Asia/Kuala_Lumpur', codes: 'KLS XKLS', suffixes: 'KL' },
  { calendar: 'Asia/Jakarta', codes: 'JKT XIDX', suffixes: 'JK' },
  { calendar: 'Asia/Bangkok', codes: 'SET XBKK', suffixes: 'BK' },
  { calendar: 'Pacific/Auckland', codes: 'NZE XNZE', suffixes: 'NZ' },
]

const calendarOfCode = calendarBy(({ codes }) => codes)
const calendarOfSuffix = calendarBy(({ suffixes }) => suffixes)

function calendarBy(marksOf: (marks: Marks) => string | undefined): ReadonlyMap<string, string> {
  return new Map(
    MARKS.flatMap((marks) => (marksOf(marks)?.split(/\s+/) ?? []).map((mark) => [mark, marks.calendar] as const)),
  )
}

/** An exchange's code as tables have it, in whatever case it comes. */
export function exchangeCode(given: string): string {
  return given.trim().toUpperCase()
}

/** The name of the calendar that an `exchangeCode` means; undefined when it is not known. */
export function calendarOfExchange(code: string): string | undefined {
  return calendarOfCode.get(code)
}

/** What a coin is quoted in: Yahoo's BTC-USD, and the BTC/USDT and BTC:USD of others. */
const COIN = /^[A-Z0-9]{2,}[-/:](?:USDT|USDC|USD|EUR|GBP|JPY|CAD|AUD|CHF|KRW|INR|BTC|ETH)$/

/** Two of them are a pair of foreign exchange, where one is quoted in another: EUR/USD. Yahoo writes EURUSD=X. */
const CURRENCIES = 'USD|EUR|GBP|JPY|CAD|AUD|CHF|NZD|SEK|NOK|DKK|CNH|CNY|HKD|SGD|KRW|INR|MXN|ZAR|TRY|PLN|CZK|HUF|BRL'
const CURRENCY_PAIR = new RegExp(`^(?:${CURRENCIES})[-/:](?:${CURRENCIES})$`)

/** The name of the calendar that a symbol tells by itself; undefined when it tells none, as a bare AAPL. */
export function calendarOfSymbol(symbol: string): string | undefined {
  if (symbol.endsWith('=F')) return 'CME'
  if (symbol.endsWith('=X') || CURRENCY_PAIR.test(symbol)) return 'FX'
  return calendarOfSuffix.get(suffixOf(symbol)) ?? (COIN.test(symbol) ? '24/7' : undefined)
}

/** What follows the last dot of a symbol; empty when it has no dot. */
export function suffixOf(symbol: string): string {
  const dot = symbol.lastIndexOf('.')
  return dot > 0 ? symbol.slice(dot + 1) : ''
}
