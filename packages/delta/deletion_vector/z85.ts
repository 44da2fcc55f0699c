// Z85, the base 85 that Delta writes UUIDs and inline deletion vectors in: four bytes as five characters. Source:
// https://rfc.zeromq.org/spec/32/.

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const DIGITS: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (character, digit) => [character, digit]))
const WORD_MAX = 0xffffffff

/** The bytes of a text; undefined when it is no Z85. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < text.length; at += 5) {
    let word = 0
    for (const character of text.slice(at, at + 5)) word = word * 85 + (DIGITS.get(character) ?? Number.NaN)
    if (!(word <= WORD_MAX)) return undefined
    view.setUint32((at / 5) * 4, word)
  }
  return bytes
}
