// What fits a column of numbers, where it matters for more than the column.

import { expect, test } from 'vitest'
import { TIME_MAX } from '#log/kafka/record_batch/batch_header'
import { DAY_MS } from '#runtime/units'
import { ColumnStore } from '#services/writer/staging/column_store'
import { DateColumn, LongColumn } from '#services/writer/staging/number_columns'

test('any time that a record may have, and that of a quote a day ahead of it, fits a column of timestamps', () => {
  const column = new LongColumn(new ColumnStore({ name: 'ingest_time', kind: 'timestamp', isNullable: false }))
  const times = [-TIME_MAX, TIME_MAX, TIME_MAX + DAY_MS]
  expect(times.filter((time) => !column.set(0, time))).toEqual([])
})

test('a date is its days since 1970, and what is no date does not fit', () => {
  const column = new DateColumn(new ColumnStore({ name: 'trade_date', kind: 'date', isNullable: true }))
  const dates = ['1970-01-01', '2026-11-27', '2026-11-27', '1969-12-31', '2028-02-29']
  dates.forEach((date, row) => {
    expect(column.set(row, date)).toBe(true)
  })
  expect([...column.store.words.subarray(0, dates.length)]).toEqual([0, 20_784, 20_784, -1, 21_243])
  const others = ['2026-02-29', '2026-11-27 ', '2026-11', '', 20_784, true, new Date(0)]
  expect(others.filter((value) => column.set(5, value))).toEqual([])
  expect([null, undefined].map((value) => column.set(5, value))).toEqual([true, true])
})
