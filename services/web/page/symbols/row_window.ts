// Which rows of a long table are in view. Only these have elements. Pure.

/** What is seen of the table. */
export interface TableView {
  readonly scrollTop: number
  /** Of the part in which rows are seen. */
  readonly height: number
  readonly rowHeight: number
  readonly count: number
}

/** Rows beyond the edges that are there before they come into view. */
const BEYOND = 6

/** No window is higher than this many rows, whatever its height is said to be. */
const ROWS_MAX = 400

/** The rows to show: first <= index < end. */
export function rowWindow({ scrollTop, height, rowHeight, count }: TableView): { first: number; end: number } {
  const seen = Math.min(ROWS_MAX, Math.ceil(height / rowHeight) + 1)
  const top = Math.floor(Math.max(0, scrollTop) / rowHeight)
  const first = Math.max(0, Math.min(top, count - seen) - BEYOND)
  return { first, end: Math.max(0, Math.min(count, top + seen + BEYOND, first + seen + 2 * BEYOND)) }
}

/** Where to scroll to so that a row is wholly in view, from where the view is now; null: it is already. */
export function scrollToRow(index: number, { scrollTop, height, rowHeight }: Omit<TableView, 'count'>): number | null {
  const top = index * rowHeight
  if (top < scrollTop) return top
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height
  return null
}
