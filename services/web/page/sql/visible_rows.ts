// Which rows of a long table are made at all: those that can be seen, and some around them. Pure.

/** Rows from `first` up to `last`, exclusive. */
export interface RowRange {
  readonly first: number
  readonly last: number
}

/** What is seen of a table. */
export interface Viewport {
  readonly scrollTop: number
  readonly height: number
  readonly rowHeight: number
  readonly rows: number
}

/** So many rows are made above and below what is seen: scrolling a little needs none. */
const ROWS_AROUND = 20

/** The range moves in steps of this, so that rows are made seldom. */
const STEP = 10

/** The rows to make. */
export function visibleRows({ scrollTop, height, rowHeight, rows }: Viewport): RowRange {
  const top = Math.floor(Math.max(0, scrollTop) / rowHeight)
  const seen = Math.ceil(height / rowHeight)
  const first = Math.max(0, Math.floor((top - ROWS_AROUND) / STEP) * STEP)
  const last = Math.min(rows, Math.ceil((top + seen + ROWS_AROUND) / STEP) * STEP)
  return { first: Math.min(first, rows), last: Math.max(last, Math.min(first, rows)) }
}
