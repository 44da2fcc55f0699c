// Text from outside: out of a topic, a table, or a message that cites them. It may hold marks that turn text around, or
// be written from right to left; what the page says beside it stays as it is. Pure.

const TURNING = /\p{Bidi_Control}/gu

/** The text with such marks spelled out, as `\u202e`: for an element of its own. */
export function plainlyText(text: string): string {
  return text.replace(TURNING, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** First strong isolate, and pop directional isolate (Unicode, UAX 9). */
const [ISOLATE, END] = ['\u2068', '\u2069']

/** The same for a place within a sentence: the browser orders it by itself. */
export function isolatedText(text: string): string {
  return `${ISOLATE}${plainlyText(text)}${END}`
}
