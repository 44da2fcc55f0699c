// The symbols that were seen, by number. Whether a text is a symbol is asked once, when it is first seen.

import { isSymbol } from '#market/decoding/fields'
import { asciiText } from '#market/decoding/scanner/ascii_text'
import { NO_NUMBER, TextTable } from '#market/decoding/scanner/text_table'

/** Symbols that have numbers; quotes of further ones are decoded without. About 80 bytes each. */
export const SYMBOLS_MAX = 524_288

/** Valid symbols only. */
export class SymbolTable {
  readonly #texts: TextTable

  constructor(symbolsMax = SYMBOLS_MAX) {
    this.#texts = new TextTable(symbolsMax)
  }

  /** The symbol that has a number. */
  symbol(number: number): string {
    return this.#texts.text(number)
  }

  /** The number of the text at [start, stop). NO_NUMBER: it is no symbol, or the table is full. */
  numberOf(bytes: Uint8Array, start: number, stop: number): number {
    const number = this.#texts.find(bytes, start, stop)
    if (number !== NO_NUMBER) return number
    return isSymbol(asciiText(bytes, start, stop)) ? this.#texts.add(bytes, start, stop) : NO_NUMBER
  }
}
