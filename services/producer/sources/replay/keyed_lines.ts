// The lines of a chunk with their keys, which are views of the symbols in them: a usual line is handed on without being
// parsed. A symbol that its line spells in another way, with escapes, is put behind all lines.

import { ABSENT, type NewRecordColumns } from '#log/event_log'
import type { SymbolFinder } from '#market/decoding/symbol_finder'
import { REPLAYED_HEADERS } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { SourceRecord } from '#services/producer/sources/quote_source'
import type { Lines } from '#services/producer/sources/replay/line_splitter'
import { type ReplayedLine, readLine } from '#services/producer/sources/replay/replayed_line'

/** Reads the keys of lines, one line after the other. */
export class KeyedLines {
  readonly lines: Lines
  readonly #finder: SymbolFinder
  /** The lines' bytes and any keys behind them; plain bytes, of which a view costs less than of a Buffer. */
  #bytes: Uint8Array
  #bytesUsed: number
  readonly #keyStarts: Int32Array
  readonly #keyEnds: Int32Array

  constructor(lines: Lines, finder: SymbolFinder) {
    const { buffer, byteOffset, length } = lines.bytes
    this.lines = lines
    this.#finder = finder
    this.#bytes = new Uint8Array(buffer, byteOffset, length)
    this.#bytesUsed = length
    this.#keyStarts = new Int32Array(lines.count)
    this.#keyEnds = new Int32Array(lines.count)
  }

  /** Reads the key of a line. */
  readKey(row: number): void {
    if (this.#find(row)) {
      this.#keyStarts[row] = this.#finder.symbolStart
      this.#keyEnds[row] = this.#finder.symbolEnd
    } else this.#setKey(row, readLine(this.#content(row)).key)
  }

  /** Reads the key of a line, and returns the line's timestamp as JSON.parse would make it. */
  readKeyAndTimestamp(row: number): unknown {
    if (!this.#find(row)) {
      const line = readLine(this.#content(row))
      this.#setKey(row, line.key)
      return line.timestamp
    }
    const { symbolStart, symbolEnd, timestampStart, timestampEnd } = this.#finder
    this.#keyStarts[row] = symbolStart
    this.#keyEnds[row] = symbolEnd
    if (timestampStart === ABSENT) return undefined
    return JSON.parse(this.lines.bytes.toString('latin1', timestampStart, timestampEnd))
  }

  /** The lines [from, to), of which the keys were read, as records. */
  records(from: number, to: number): NewRecordColumns<SourceRecord> {
    const { lines } = this
    return new LineRecords(lines.bytes, {
      bytes: this.#bytes,
      keyStarts: this.#keyStarts.subarray(from, to),
      keyEnds: this.#keyEnds.subarray(from, to),
      valueStarts: lines.starts.subarray(from, to),
      valueEnds: lines.stops.subarray(from, to),
    })
  }

  #find(row: number): boolean {
    const { starts, stops } = this.lines
    return this.#finder.find(this.lines.bytes, starts[row] as number, stops[row] as number)
  }

  #content(row: number): Buffer {
    return this.lines.bytes.subarray(this.lines.starts[row], this.lines.stops[row])
  }

  #setKey(row: number, key: string | null): void {
    if (key === null) {
      this.#keyStarts[row] = ABSENT
      return
    }
    const within = this.#content(row).indexOf(key, 0, 'latin1')
    const start = within === -1 ? this.#put(key) : (this.lines.starts[row] as number) + within
    this.#keyStarts[row] = start
    this.#keyEnds[row] = start + key.length
  }

  #put(key: string): number {
    const start = this.#bytesUsed
    if (start + key.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (start + key.length))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    for (let i = 0; i < key.length; i++) this.#bytes[start + i] = key.charCodeAt(i)
    this.#bytesUsed += key.length
    return start
  }
}

type Places = Pick<NewRecordColumns, 'bytes' | 'keyStarts' | 'keyEnds' | 'valueStarts' | 'valueEnds'>

/** Replayed lines as the log takes them; who goes through them gets what a line says. */
class LineRecords implements NewRecordColumns<SourceRecord> {
  readonly topic = PRICES_TOPIC
  readonly headers = REPLAYED_HEADERS
  readonly length: number
  readonly bytes: Uint8Array
  readonly keyStarts: Int32Array
  readonly keyEnds: Int32Array
  readonly valueStarts: Int32Array
  readonly valueEnds: Int32Array
  readonly #lineBytes: Buffer

  constructor(lineBytes: Buffer, { bytes, keyStarts, keyEnds, valueStarts, valueEnds }: Places) {
    this.#lineBytes = lineBytes
    this.length = keyStarts.length
    this.bytes = bytes
    this.keyStarts = keyStarts
    this.keyEnds = keyEnds
    this.valueStarts = valueStarts
    this.valueEnds = valueEnds
  }

  *[Symbol.iterator](): Generator<ReplayedLine> {
    for (let row = 0; row < this.length; row++) {
      yield readLine(this.#lineBytes.subarray(this.valueStarts[row], this.valueEnds[row]))
    }
  }
}
