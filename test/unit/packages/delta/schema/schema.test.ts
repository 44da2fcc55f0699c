import { describe, expect, test } from 'vitest'
import { allFields, parseSchema, type StructType, schemaMismatch, stringifySchema } from '#delta/schema/schema'
import { column } from '#support/delta/delta_table'

const struct = (...fields: StructType['fields']): StructType => ({ type: 'struct', fields })

describe('a schema', () => {
  const nested = struct(
    column('id', 'long', { nullable: false }),
    column('price', 'decimal(38,18)'),
    column('tags', { type: 'array', elementType: struct(column('k', 'string')), containsNull: true }),
    column('m', { type: 'map', keyType: 'string', valueType: struct(column('v', 'date')), valueContainsNull: false }),
  )

  test('is read back as it was written', () => {
    expect(parseSchema(stringifySchema(nested))).toEqual(nested)
  })

  test('lists the fields inside structs, arrays and maps', () => {
    const paths = Array.from(allFields(nested), ({ path }) => path)
    expect(paths).toEqual(['id', 'price', 'tags', 'tags.element.k', 'm', 'm.value.v'])
  })

  test.each([
    ['not JSON', '{', 'TABLE_CORRUPT'],
    ['no struct', '"string"', 'TABLE_CORRUPT'],
    ['a struct without fields', '{"type":"struct"}', 'TABLE_CORRUPT'],
    ['a nameless field', '{"type":"struct","fields":[{"type":"long"}]}', 'TABLE_CORRUPT'],
    ['a type that we do not know', stringifySchema(struct(column('x', 'variant' as 'string'))), 'TABLE_UNSUPPORTED'],
  ])('that is %s is refused', (_what, text, code) => {
    expect(() => parseSchema(text)).toThrow(expect.objectContaining({ code }))
  })
})

describe('a table takes rows of another schema', () => {
  const wanted = struct(column('a', 'long'), column('b', 'string'))

  test('when the columns agree, in any order, and all others may be empty', () => {
    const actual = struct(
      column('b', 'string', { metadata: { comment: 'x' } }),
      column('c', 'date'),
      column('a', 'long'),
    )
    expect(schemaMismatch(wanted, actual)).toBeUndefined()
  })

  test.each([
    ['a column is missing', struct(column('a', 'long')), 'column b is missing'],
    ['a type differs', struct(column('a', 'integer'), column('b', 'string')), 'column a is integer, not long'],
    [
      'null is refused',
      struct(column('a', 'long', { nullable: false }), column('b', 'string')),
      'column a does not take null',
    ],
    ['more is required', struct(...wanted.fields, column('c', 'date', { nullable: false })), 'column c is required'],
    [
      'nesting differs',
      struct(column('a', 'long'), column('b', struct(column('x', 'long')))),
      'struct<x:long>, not string',
    ],
  ])('but not when %s', (_what, actual, reason) => {
    expect(schemaMismatch(wanted, actual)).toContain(reason)
  })
})
