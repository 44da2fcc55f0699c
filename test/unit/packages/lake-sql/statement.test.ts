// Where statements end, as DuckDB's lexer has it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allStatements, splitStatements, withoutLeadingComments } from '#lake-sql/statement'

const inside = fc
  .array(fc.constantFrom(';', "'", '"', '$', '$$', '--', '/*', '*/', '\n', '\\', ' ', 'e', 'x'))
  .map((parts) => parts.join(''))

/** Any text, quoted in one of the ways that SQL has. */
const piece = fc.oneof(
  inside.map((text) => `'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `e'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
  inside.map((text) => `"${text.replaceAll('"', '""')}"`),
  inside.map((text) => `$q$${text}$q$`),
  inside.map((text) => `/* ${text.replaceAll('/', '').replaceAll('*', '')} */`),
  inside.map((text) => `-- ${text.replaceAll('\n', '')}\n`),
)

describe('splitStatements', () => {
  test.each<[string, readonly string[]]>([
    ['SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    [`SELECT ';'; SELECT 2;`, [`SELECT ';'`, 'SELECT 2']],
    [`SELECT 'it''s;'; SELECT 2;`, [`SELECT 'it''s;'`, 'SELECT 2']],
    [`SELECT e'\\';'; SELECT 2;`, [`SELECT e'\\';'`, 'SELECT 2']],
    [`SELECT '\\'; SELECT 2;`, [`SELECT '\\'`, 'SELECT 2']],
    ['SELECT ";"; SELECT 2;', ['SELECT ";"', 'SELECT 2']],
    ['SELECT $$;$$; SELECT 2;', ['SELECT $$;$$', 'SELECT 2']],
    ['SELECT $a$;$$;$a$; SELECT 2;', ['SELECT $a$;$$;$a$', 'SELECT 2']],
    ['SELECT $1; SELECT $1;', ['SELECT $1', 'SELECT $1']],
    ['SELECT 1 -- no; end\n; SELECT 2;', ['SELECT 1 -- no; end', 'SELECT 2']],
    ['SELECT /* ; /* ; */ ; */ 1; SELECT 2;', ['SELECT /* ; /* ; */ ; */ 1', 'SELECT 2']],
    [';;  ; -- nothing\n;', []],
  ])('%j', (text, statements) => {
    expect(splitStatements(text)).toEqual({ statements, rest: '' })
  })

  test('what stands behind the last semicolon waits for more', () => {
    expect(splitStatements("SELECT 1; SELECT 'a;")).toEqual({ statements: ['SELECT 1'], rest: "SELECT 'a;" })
    expect(splitStatements('SELECT 1; -- done')).toEqual({ statements: ['SELECT 1'], rest: '' })
  })

  test('whatever is quoted or commented out ends no statement', () => {
    const statement = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => `SELECT ${pieces.join(' ')} 1`)
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        expect(allStatements(statements.join(';'))).toEqual(statements)
      }),
    )
  })
})

test('leading comments of every kind are taken off', () => {
  expect(withoutLeadingComments('  -- a\n /* b /* c */ */ SELECT 1 -- d')).toBe('SELECT 1 -- d')
  expect(withoutLeadingComments('-- a')).toBe('')
})
