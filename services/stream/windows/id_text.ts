// Ids as texts, for snapshots and for the few quotes that are decoded to objects. The bytes are UTF-8. A text with half
// a surrogate pair has no UTF-8: it is kept in UTF-16 behind a byte that no UTF-8 begins with, so that no two ids are
// taken for the same.

/** Where the bytes of an id stand. A QuoteView is one. */
export interface IdPlace {
  readonly idBytes: Uint8Array
  readonly idStart: number
  readonly idStop: number
}

const UTF16_MARK = 0xff

/** The bytes of an id, exactly. */
export function idPlaceOf(id: string): IdPlace {
  const idBytes = id.isWellFormed()
    ? Buffer.from(id)
    : Buffer.concat([Buffer.of(UTF16_MARK), Buffer.from(id, 'utf16le')])
  return { idBytes, idStart: 0, idStop: idBytes.length }
}

/** The id whose bytes stand at [start, stop). */
export function idTextAt(bytes: Uint8Array, start: number, stop: number): string {
  return bytes[start] === UTF16_MARK ? ucs2Slice.call(bytes, start + 1, stop) : utf8Slice.call(bytes, start, stop)
}

type Slice = (this: Uint8Array, start: number, stop: number) => string

/** What Buffer's toString comes to; called so, they take any Uint8Array and make no Buffer. */
const { utf8Slice, ucs2Slice } = Buffer.prototype as unknown as { readonly utf8Slice: Slice; readonly ucs2Slice: Slice }
