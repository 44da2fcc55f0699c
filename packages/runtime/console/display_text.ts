// Values as a terminal may show them: nothing in the data moves the cursor, rings, hides, or turns the text around.

/** Controls, separators of lines, halves of a character, marks that reverse text, and characters that show nothing. */
const DANGEROUS = [
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u,
  /[\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb]/u,
  // Tags spell the name of a flag behind a black flag (Scotland's), and hidden text anywhere else.
  /(?<!\u{1f3f4}[\u{e0000}-\u{e007f}]{0,7})[\u{e0000}-\u{e007f}]/u,
]
  .map((part) => part.source)
  .join('|')

const ANY_DANGEROUS = new RegExp(DANGEROUS, 'gu')
const DANGEROUS_BUT_LINE_ENDS = new RegExp(`(?!\\n)(?:${DANGEROUS})`, 'gu')

/** Most texts are of these alone, and are told so sooner than they are searched. */
const PLAIN = /^[\u0020-\u007e]*$/

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text with its control characters spelled out. */
export function displayText(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(ANY_DANGEROUS, (character) => SHORT[character] ?? spelledOut(character))
}

/** The same for a text of several lines. */
export function displayLines(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(DANGEROUS_BUT_LINE_ENDS, (character) => SHORT[character] ?? spelledOut(character))
}

/** JSON of the same value that a terminal may show too: JSON itself escapes only some of these characters. */
export function displayJson(json: string): string {
  if (PLAIN.test(json)) return json
  return json.replace(DANGEROUS_BUT_LINE_ENDS, jsonEscape)
}

function spelledOut(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : jsonEscape(character)
}

function jsonEscape(character: string): string {
  return character.split('').map(unitEscape).join('')
}

/** Beyond 16 bits JSON knows a character by its two halves. */
function unitEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
