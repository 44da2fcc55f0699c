// The stretch of stock-prices whose outputs are compared. Records before it are replayed to build the state that it
// starts from, records after it to tell which outputs are theirs.

/** Of each partition, [from, to) by offset and [since, until) by ingest time. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly since: number
  readonly until: number
}

/** All there is. */
export const WHOLE: Stretch = {
  from: 0,
  to: Number.POSITIVE_INFINITY,
  since: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
}

/** The part of a partition that a stretch turns out to be: the offsets of the records that were met in it. */
export class MetStretch {
  readonly #stretch: Stretch
  #first = Number.POSITIVE_INFINITY
  #last = -1

  constructor(stretch: Stretch) {
    this.#stretch = stretch
  }

  /** Whether a place is in it. */
  contains(offset: number, ingestTime: number): boolean {
    const { from, to, since, until } = this.#stretch
    return offset >= from && offset < to && ingestTime >= since && ingestTime < until
  }

  /** The same of a record that is met. */
  meet(offset: number, ingestTime: number): boolean {
    if (!this.contains(offset, ingestTime)) return false
    if (offset < this.#first) this.#first = offset
    if (offset > this.#last) this.#last = offset
    return true
  }

  /** Whether an offset lies between records that were met in it. */
  has(offset: number): boolean {
    return offset >= this.#first && offset <= this.#last
  }

  /** Whether everything is in it. */
  get isWhole(): boolean {
    const { from, to, since, until } = this.#stretch
    return from === WHOLE.from && to === WHOLE.to && since === WHOLE.since && until === WHOLE.until
  }
}
