// JSON numbers as producers write them, and as nobody should.

import type { Random } from '../simulation/world/random.ts'

/** A number that JSON takes: a price, a size, what floats print as, or digits that test the rounding. */
export function numberText(random: Random): string {
  return random.pick(NUMBERS)(random)
}

const NUMBERS: readonly ((random: Random) => string)[] = [
  ({ whole }) => String(whole(0, 2_000_000)),
  ({ next }) => (next() * 1_000).toFixed(2),
  ({ next }) => (next() * 1_000).toFixed(2),
  ({ next, whole }) => (next() * 10).toFixed(whole(1, 25)),
  ({ next }) => String(next() * 1_000),
  ({ next }) => String(Math.fround(next() * 1_000)),
  ({ whole }) => decimal(whole(0, Number.MAX_SAFE_INTEGER), whole(0, 24)),
  ({ whole, pick }) => decimal(2 ** 53 + whole(-3, 3), pick([0, 1, 5, 16, 21, 22, 23])),
  ({ whole }) => `${whole(0, 9)}.${'0'.repeat(whole(0, 30))}${whole(0, 999)}`,
]

/** The digits of a number with a point before the last of them. */
function decimal(digits: number, afterPoint: number): string {
  const text = String(digits).padStart(afterPoint + 1, '0')
  return afterPoint === 0 ? text : `${text.slice(0, -afterPoint)}.${text.slice(-afterPoint)}`
}

/** A number that is rare or refused: negative, with an exponent, beyond all bounds, or broken. */
export function oddNumberText(random: Random): string {
  const { chance, whole, pick } = random
  if (chance(0.3)) return `-${numberText(random)}`
  if (chance(0.3)) return `${numberText(random)}${pick(['e', 'E', 'e+', 'e-', 'E-0'])}${whole(0, 40)}`
  if (chance(0.2)) return String(whole(1, 9)).repeat(whole(15, 400))
  return pick(ODD_NUMBERS)
}

const ODD_NUMBERS = ['-0', '-0.0', '0', '0.0', '00', '01', '007.5', '-01', '1.', '.5', '+1', '-', '1e', '1e+', '1.e5']
  .concat(['1e999', '-1e999', '1e-999', '5e-324', '1.7976931348623157e308', 'NaN', 'Infinity', '0x10', '1_000', '1,5'])
  .concat(['9007199254740992', '9007199254740993', '-9007199254740993', '18446744073709551615', '1n', '1f', '--1'])
