// What fits a column of numbers, where it matters for more than the column.

import { expect, test } from 'vitest'
import { TIME_MAX } from '#log/kafka/record_batch/batch_header'
import { DAY_MS } from '#runtime/units'
import { ColumnStore } from '#services/writer/staging/column_store'
import { LongColumn } from '#services/writer/staging/number_columns'

test('any time that a record may have, and that of a quote a day ahead of it, fits a column of timestamps', () => {
  const column = new LongColumn(new ColumnStore({ name: 'ingest_time', kind: 'timestamp', isNullable: false }))
  const times = [-TIME_MAX, TIME_MAX, TIME_MAX + DAY_MS]
  expect(times.filter((time) => !column.set(0, time))).toEqual([])
})
