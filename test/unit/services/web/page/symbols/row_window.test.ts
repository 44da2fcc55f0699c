import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowWindow, scrollToRow } from '../../../../../../services/web/page/symbols/row_window.ts'

const views = fc.record({
  scrollTop: fc.integer({ min: -50, max: 300_000 }),
  height: fc.integer({ min: 0, max: 2_000 }),
  rowHeight: fc.constantFrom(28, 46),
  count: fc.integer({ min: 0, max: 10_000 }),
})

test('all rows that are seen have elements, and few others', () => {
  const run = fc.property(views, (view) => {
    const { first, end } = rowWindow(view)
    expect(first).toBeGreaterThanOrEqual(0)
    expect(end).toBeLessThanOrEqual(view.count)
    expect(end - first).toBeLessThanOrEqual(view.height / view.rowHeight + 16)
    // A browser lets nobody scroll beyond the last row.
    const scrollTop = Math.max(0, Math.min(view.scrollTop, view.count * view.rowHeight - view.height))
    const seenFirst = Math.floor(scrollTop / view.rowHeight)
    const seenEnd = Math.min(view.count, Math.ceil((scrollTop + view.height) / view.rowHeight))
    expect(first).toBeLessThanOrEqual(seenFirst)
    expect(end).toBeGreaterThanOrEqual(seenEnd)
  })
  fc.assert(run)
})

test('a window is bounded whatever the height is said to be', () => {
  const { first, end } = rowWindow({ scrollTop: 0, height: 1e9, rowHeight: 28, count: 1_000_000 })
  expect(end - first).toBeLessThan(500)
})

test('after going to a row it is wholly in view', () => {
  const run = fc.property(views, fc.nat(9_999), (view, index) => {
    const height = Math.max(view.height, view.rowHeight)
    const to = scrollToRow(index, { ...view, height }) ?? view.scrollTop
    expect(index * view.rowHeight).toBeGreaterThanOrEqual(to)
    expect((index + 1) * view.rowHeight).toBeLessThanOrEqual(to + height)
    expect(scrollToRow(index, { ...view, height, scrollTop: to })).toBeNull()
  })
  fc.assert(run)
})
