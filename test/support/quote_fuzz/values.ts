// Values for a decoder, from a seed: quotes as producers send them, quotes with something odd in them, and bytes that
// were damaged on their way.

import { OPTIONAL_FIELDS } from '#market/quote'
import type { Random } from '../simulation/world/random.ts'
import { numberText, oddNumberText } from './numbers.ts'
import { timestampText } from './times.ts'

/** The next value. */
export function fuzzValue(random: Random): Uint8Array {
  const text = quoteText(random)
  if (random.chance(0.4)) return Buffer.from(text)
  const odd = Buffer.from(random.chance(0.6) ? oddText(text, random) : text)
  return random.chance(0.5) ? odd : damaged(odd, random)
}

/** A quote of the usual shape: fields in any order, blanks in some style, and now and then fields that are not ours. */
export function quoteText(random: Random): string {
  const members = REQUIRED.map((name) => memberOf(name, random))
  for (const name of OPTIONAL_FIELDS) if (random.chance(0.4)) members.push(memberOf(name, random))
  while (random.chance(0.2)) members.push(unknownMember(random))
  return objectText(random.chance(0.5) ? members : shuffled(members, random), random)
}

const REQUIRED = ['symbol', 'price', 'timestamp'] as const

/** A member of a JSON object; the value as JSON. */
export type Member = readonly [name: string, value: string]

function memberOf(name: string, random: Random): Member {
  const { pick, whole } = random
  if (name === 'timestamp') return [name, timestampText(random)]
  if (name === 'symbol') return [name, JSON.stringify(`${pick(SYMBOLS)}${pick(['', String(whole(0, 3_000))])}`)]
  if (random.chance(0.05)) return [name, 'null']
  if (name === 'id') return [name, pick([() => `"t-${whole(1, 1e9)}"`, () => String(whole(0, 2 ** 53)), () => '""'])()]
  if (TEXTS.has(name)) return [name, JSON.stringify(pick(WORDS))]
  return [name, numberText(random)]
}

const TEXTS = new Set(['currency', 'exchange', 'marketState', 'source'])
const SYMBOLS = [
  'AAPL',
  '^GSPC',
  'BRK.B',
  'EURUSD=X',
  'BTC/USD',
  'M&M.NS',
  'NYSE:A',
  'A_B',
  'C+',
  'S',
  '.A',
  'Z'.repeat(28),
]
const WORDS = [
  'USD',
  'EUR',
  'NMS',
  'NYQ',
  'REGULAR',
  'CLOSED',
  'yahoo',
  'bench',
  '',
  'a source of many words, and {more}',
]

/** A field that is not ours. */
export function unknownMember(random: Random): Member {
  return [JSON.stringify(random.pick(UNKNOWN_NAMES)).slice(1, -1), unknownValue(random, 0)]
}

const UNKNOWN_NAMES = [
  'longName',
  'change',
  'delay',
  'x',
  '',
  '7',
  '07',
  '12',
  '__proto__',
  'toString',
  'constructor',
].concat([
  'Price',
  'sizf',
  'timesXamp',
  'curroncy',
  'prices',
  'pride',
  'sYmbol',
  'sympol',
  'bidsize',
  'timestamq',
  'previousClosed',
  'i'.repeat(40),
])

function unknownValue(random: Random, depth: number): string {
  const { chance, pick } = random
  const count = random.whole(0, 3)
  if (depth < 20 && chance(0.25)) {
    const items = Array.from({ length: count }, () => unknownValue(random, depth + 1))
    return chance(0.5)
      ? `[${items.join(pick([',', ' , ']))}]`
      : objectText(
          items.map((item, i) => [`k${i % 2}`, item]),
          random,
        )
  }
  if (chance(0.05)) return `${'['.repeat(random.whole(10, 40))}${']'.repeat(random.whole(10, 40))}`
  return pick([
    numberText(random),
    `-${numberText(random)}`,
    'true',
    'false',
    'null',
    '"text"',
    '"a:b,{c}"',
    '"Nestl\u00e9"',
  ])
}

/** The members as a JSON object, with blanks in some style. */
export function objectText(members: readonly Member[], { pick }: Random): string {
  const [between, colon, edge] = pick(BLANKS)
  const texts = members.map(([name, value]) => `"${name}"${colon}${value}`)
  return `${edge}{${edge}${texts.join(`${between}`)}${edge}}${edge}`
}

/** Between members, around a colon, and at the edges. */
const BLANKS = [
  [',', ':', ''],
  [',', ':', ''],
  [', ', ': ', ''],
  [',\n  ', ': ', '\n'],
  [' ,\t', '\t:\r\n', ' '],
] as const

/** A text of which something was replaced by what is rare or wrong. */
function oddText(text: string, random: Random): string {
  const { pick } = random
  const member = () => `"${pick(ALL_NAMES)}":${pick([oddNumberText(random), numberText(random), ...ODD_VALUES])}`
  return pick([
    () => text.replace('{', () => `{${member()},`),
    () => text.replace(/\}\s*$/, () => `,${member()}}`),
    () => text.replace(/:\s*[\d.]+/, () => `:${oddNumberText(random)}`),
    () => text.replace(/"[^"]*"/, (found) => `${found.slice(0, -1)}${pick(ODD_CHARACTERS)}"`),
    () => text.replace(/:\s*"[^"]*"/, () => `:${pick(ODD_VALUES)}`),
    () => text.replace(/:\s*("[^"]*"|[^",{}]+)/g, (found) => (random.chance(0.2) ? `:${pick(ODD_VALUES)}` : found)),
    () => text.replace(/price|symbol|timestamp|size|id/, (name) => pick([...ALL_NAMES, name.toUpperCase()])),
    () => text.replace(/,/, () => pick(['', ',,', ';', ',"'])),
    () => `${pick(['\ufeff', '[', ' ', '\u00a0', '\0', 'x'])}${text}`,
    () => `${text}${pick(['}', ']', ',', '{}', '\0', 'null', text])}`,
    () => text.replace('{', () => `{${Array.from({ length: 70 }, (_, i) => `"u${i}":${i},`).join('')}`),
    () => text.replace('{', () => `{${' '.repeat(random.whole(65_300, 65_540))}`),
    () => pick(['', '{}', '{ }', '[]', 'null', '1', '"{}"', '{"symbol"}', '{"symbol":}', '}', '{', '{{}', '{"a":{}']),
  ])()
}

const ALL_NAMES = [...REQUIRED, ...OPTIONAL_FIELDS, '__proto__', 'extra', '1']
const ODD_CHARACTERS = [
  '\\',
  '\\n',
  '\\u0041',
  '\\ud800',
  '\\x',
  '\u00e9',
  '\ufffd',
  '\ud83d\ude00',
  '\n',
  '\0',
  '\x1f',
  '\x7f',
  ' ',
  'a',
]
const ODD_VALUES = [
  'null',
  'true',
  'false',
  'nul',
  'tru}',
  'nulll',
  '[]',
  '{}',
  '[1',
  '{"a":1}',
  '""',
  '"A\\u0041"',
  '"a"',
  '"12.50"',
  '"-1"',
].concat([
  '"01.50"',
  '"1e3"',
  '"A..B"',
  '"/A"',
  '".."',
  `"${'A'.repeat(33)}"`,
  '"\ud83d\ude00"',
  '"\u0000"',
  '{"a":{"b":[null,{}]}}',
])

/** Bytes with a few of them changed, lost, doubled, or cut off. */
function damaged(bytes: Buffer, { pick, whole, chance }: Random): Buffer {
  let result = Buffer.from(bytes)
  do {
    const at = whole(0, Math.max(0, result.length - 1))
    const rest = result.subarray(at + 1)
    result = pick([
      () => Buffer.concat([result.subarray(0, at), Buffer.of(whole(0, 255)), rest]),
      () => Buffer.concat([result.subarray(0, at), Buffer.from(pick([...STRUCTURE])), rest]),
      () => Buffer.concat([result.subarray(0, at), Buffer.from(pick([...STRUCTURE])), result.subarray(at)]),
      () => Buffer.concat([result.subarray(0, at), rest]),
      () => Buffer.concat([result.subarray(0, at), result.subarray(whole(0, at))]),
      () => result.subarray(0, at),
    ])()
  } while (chance(0.3))
  return result
}

const STRUCTURE = '{}[]":,\\-+.eE0159 \n\tntf\u00e9'

/** The items in any order. */
export function shuffled<T>(items: readonly T[], { whole }: Random): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = whole(0, i)
    ;[result[i], result[j]] = [result[j] as T, result[i] as T]
  }
  return result
}
