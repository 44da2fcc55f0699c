import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellText, isNumberType, standsFor } from '../../../../../../services/web/page/sql/cell_text.ts'
import { Statements } from '../../../../../../services/web/page/sql/statements.ts'
import { visibleRows } from '../../../../../../services/web/page/sql/visible_rows.ts'

describe('a cell', () => {
  test('tells NULL from empty text, and both from the words', () => {
    expect([null, '', 'NULL', 'empty', 0, false].map(cellText)).toEqual([
      'NULL',
      'empty',
      'NULL',
      'empty',
      '0',
      'false',
    ])
    expect([null, '', 'NULL', 'empty', 0, false].map(standsFor)).toEqual([true, true, false, false, false, false])
  })

  test('shows lists as JSON, and long texts cut short', () => {
    expect(cellText({ a: [1, null] })).toBe('{"a":[1,null]}')
    expect(cellText('x'.repeat(500))).toHaveLength(301)
  })

  test('of a number stands on the right', () => {
    const numbers = ['INTEGER', 'BIGINT', 'UTINYINT', 'HUGEINT', 'DOUBLE', 'FLOAT', 'DECIMAL(38,0)']
    expect(numbers.filter((type) => !isNumberType(type))).toEqual([])
    const others = ['VARCHAR', 'INTERVAL', 'INTEGER[]', 'TIMESTAMP WITH TIME ZONE', 'STRUCT(a INTEGER)', 'BOOLEAN']
    expect(others.filter(isNumberType)).toEqual([])
  })
})

test('the rows that are made hold those that are seen, and few more', () => {
  fc.assert(
    fc.property(fc.nat(20_000), fc.integer({ min: 1, max: 2_000 }), fc.nat(10_000), (scrollTop, height, rows) => {
      const { first, last } = visibleRows({ scrollTop, height, rowHeight: 26, rows })
      const [top, end] = [Math.floor(scrollTop / 26), Math.ceil((scrollTop + height) / 26)]
      expect(first).toBeLessThanOrEqual(Math.min(top, rows))
      expect(last).toBeGreaterThanOrEqual(Math.min(end, rows))
      expect(last).toBeLessThanOrEqual(rows)
      expect(last - first).toBeLessThanOrEqual(height / 26 + 70)
    }),
  )
})

describe('the statements of a tab', () => {
  function store(text: string | null = null) {
    let held = text
    return {
      getItem: () => held,
      setItem(_: string, value: string) {
        held = value
      },
    }
  }

  test('are kept, the newest first, each once', () => {
    const kept = store()
    const statements = new Statements(kept)
    for (const sql of ['a', 'b', 'a']) statements.add(sql)
    expect(statements.list).toEqual(['a', 'b'])
    expect(new Statements(kept).list).toEqual(['a', 'b'])
  })

  test('are few and short', () => {
    const statements = new Statements(store())
    for (let i = 0; i < 200; i++) statements.add(`SELECT ${i}`)
    statements.add('x'.repeat(20_000))
    expect(statements.list).toHaveLength(50)
    expect(statements.list[0]).toBe('SELECT 199')
  })

  test('survive a store that is damaged or forbidden', () => {
    for (const text of ['{', '5', '[1,"a"]', null]) expect(new Statements(store(text)).list.length).toBeLessThan(2)
    const forbidden = {
      getItem: () => null,
      setItem() {
        throw new Error('full')
      },
    }
    const statements = new Statements(forbidden)
    statements.add('a')
    expect(statements.list).toEqual(['a'])
  })
})
