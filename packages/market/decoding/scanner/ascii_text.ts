// ASCII bytes as a string.

/** The text of ASCII bytes. */
export function asciiText(bytes: Uint8Array, start: number, stop: number): string {
  return latin1Slice.call(bytes, start, stop)
}

/** What Buffer's toString('latin1') comes to; called so, it takes any Uint8Array and makes no Buffer. */
const { latin1Slice } = Buffer.prototype as unknown as {
  readonly latin1Slice: (this: Uint8Array, start: number, stop: number) => string
}
