// Yahoo keeps prices as 32-bit floats and sends all digits of them as doubles: 276.81 comes as 276.80999755859375. The
// price is the shortest decimal that is the same float, as any language prints it.

/** A decimal of six digits survives a 32-bit float, so rounding to six finds it; nine tell any two floats apart. */
const DIGITS_MIN = 6
const DIGITS_MAX = 9

/** The price that was meant; a number that is no 32-bit float is taken as it is. */
export function shortestPrice(given: number): number {
  if (Math.fround(given) !== given) return given
  for (let digits = DIGITS_MIN; digits < DIGITS_MAX; digits++) {
    const shorter = Number(given.toPrecision(digits))
    if (Math.fround(shorter) === given) return shorter
  }
  return Number(given.toPrecision(DIGITS_MAX))
}
