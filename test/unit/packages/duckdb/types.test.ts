// Delta's types as DuckDB's.

import { expect, test } from 'vitest'
import { type DeltaType, duckdbType } from '#duckdb/types'

test.each<[DeltaType, string]>([
  ['string', 'VARCHAR'],
  ['long', 'BIGINT'],
  ['timestamp', 'TIMESTAMPTZ'],
  ['timestamp_ntz', 'TIMESTAMP'],
  ['decimal(38, 4)', 'DECIMAL(38,4)'],
  [{ type: 'array', elementType: { type: 'array', elementType: 'byte' } }, 'TINYINT[][]'],
  [{ type: 'map', keyType: 'string', valueType: 'double' }, 'MAP(VARCHAR, DOUBLE)'],
  [{ type: 'struct', fields: [{ name: 'a "b"', type: 'date' }] }, 'STRUCT("a ""b""" DATE)'],
])('%j is %s', (type, name) => {
  expect(duckdbType(type)).toBe(name)
})

test('a type that DuckDB lacks has no name, nor has one that holds it', () => {
  expect(duckdbType('variant')).toBeUndefined()
  expect(duckdbType('toString')).toBeUndefined()
  expect(duckdbType({ type: 'array', elementType: 'variant' })).toBeUndefined()
})
