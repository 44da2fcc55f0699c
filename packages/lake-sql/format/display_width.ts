// How many columns of a terminal a text takes. What a reader sees as one character (a flag, a family, a letter with its
// accents) is one cluster of code points, and is counted and cut as one. Source: UAX #11 (East Asian Width), UAX #29.

/** Two columns each: Unicode 16's `W` and `F`, with the emoji that are shown as such without being asked to. */
const WIDE = new RegExp(
  [
    /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b]/,
    /[\uff01-\uff60\uffe0-\uffe6]/,
    /[\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u,
    /\p{Emoji_Presentation}/u,
  ]
    .map((part) => part.source)
    .join('|'),
  'u',
)
/** Nothing of its own: marks, joiners, the middles and ends of Hangul syllables, tags. */
const ZERO = /\p{M}|[\u1160-\u11ff\u200b-\u200d\u{e0020}-\u{e007f}]/u
/** A cluster that is shown as one emoji. */
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/u
/** What joins several code points to one cluster of another width than theirs added up. */
const JOINING = /[\u200d\ufe0f\p{Emoji_Modifier}\p{Regional_Indicator}]/u
const PLAIN = /^[\u0020-\u007e]*$/

let segmenter: Intl.Segmenter | undefined

/** The first one costs 10 ms, which plain text need not pay. */
function clustersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** How many columns of a terminal the text takes. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  return JOINING.test(text) ? clustersWidth(text) : codePointsWidth(text)
}

/** The text cut to a width, with an ellipsis where it was cut. */
export function cutToWidth(text: string, width: number): string {
  let used = 0
  let fits = 0
  for (const { segment, index } of clustersOf(text)) {
    if (used <= width - 1) fits = index
    used += displayWidth(segment)
    if (used > width) return `${text.slice(0, fits)}…`
  }
  return text
}

function clustersWidth(text: string): number {
  let width = 0
  for (const { segment } of clustersOf(text)) width += EMOJI.test(segment) ? 2 : codePointsWidth(segment)
  return width
}

function codePointsWidth(text: string): number {
  let width = 0
  for (const character of text) if (!ZERO.test(character)) width += WIDE.test(character) ? 2 : 1
  return width
}
