// The answer of GET /api/symbols. Thousands of symbols are dear, so its text is made slice by slice, and whatever else
// runs in this process has its turns between. Pages that reload are seldom alone: whoever asks while it is made, or
// within a tick, gets the same text.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import type { Position, SymbolsAnswer } from '#services/web/api'
import { SYMBOLS_SLICE_ROWS, TICK_MS } from '#services/web/events/limits'
import type { LiveRecords } from '#services/web/live/live_records'

/** What it is made of. */
export interface SharedSymbolsParts {
  readonly live: LiveRecords
  readonly clock: Clock
}

/** The answer for all who ask. */
export class SharedSymbols {
  readonly #parts: SharedSymbolsParts
  #text: Promise<Uint8Array<ArrayBuffer>> | null = null
  /** When the last one was made that did not fail. */
  #madeAt = 0 as EpochMs
  #isMade = true

  constructor(parts: SharedSymbolsParts) {
    this.#parts = parts
  }

  /** A SymbolsAnswer as JSON. Throws as `LiveRecords.position` does. */
  text(): Promise<Uint8Array<ArrayBuffer>> {
    const { live, clock } = this.#parts
    if (this.#text === null || (this.#isMade && clock.now() - this.#madeAt >= TICK_MS)) {
      const position = live.position()
      this.#isMade = false
      this.#text = this.#make(position).finally(() => {
        this.#isMade = true
      })
    }
    return this.#text
  }

  /** What changes while it is made comes after its position, so the stream tells it. */
  async #make(position: Position): Promise<Uint8Array<ArrayBuffer>> {
    const { live, clock } = this.#parts
    const { board } = live
    const now = clock.now()
    board.moveTo(now)
    const numbers = board.rowsAfter(0)
    const pieces = [Buffer.from(beginning({ now, position, symbols: [] }))]
    for (let at = 0; at < numbers.length; at += SYMBOLS_SLICE_ROWS) {
      if (at > 0) await nextTurn()
      const rows = numbers.slice(at, at + SYMBOLS_SLICE_ROWS).map((symbol) => board.row(symbol, clock.now()))
      pieces.push(Buffer.from(`${at > 0 ? ',' : ''}${JSON.stringify(rows).slice(1, -1)}`))
    }
    this.#madeAt = clock.now()
    return Buffer.concat([...pieces, Buffer.from(END)])
  }
}

const END = ']}'

function beginning(empty: SymbolsAnswer): string {
  return JSON.stringify(empty).slice(0, -END.length)
}
