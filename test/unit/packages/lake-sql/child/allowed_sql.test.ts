// What may run, by its syntax tree. The trees are DuckDB's own; test/promises/untrusted_sql has the attacks.

import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { explainedQuery, judge, type SyntaxTree } from '#lake-sql/child/allowed_sql'

const connection = await (await DuckDBInstance.create(':memory:')).connect()

async function verdictOn(statement: string) {
  const query = 'SELECT json_serialize_sql($1::VARCHAR)'
  const reader = await connection.runAndReadAll(query, [explainedQuery(statement)])
  return judge(JSON.parse(String(reader.getRows()[0]?.[0])) as SyntaxTree)
}

test.each<[string, readonly string[], boolean]>([
  ['SELECT * FROM Stocks s JOIN "bars" USING (symbol)', ['bars', 'stocks'], false],
  ['WITH x AS (FROM a) SELECT (SELECT max(p) FROM b WHERE EXISTS (FROM c)) FROM x', ['a', 'b', 'c', 'x'], false],
  ['EXPLAIN ANALYZE SELECT * FROM a', ['a'], false],
  ['-- why\nEXPLAIN (FORMAT json) FROM a', ['a'], false],
  ['DESCRIBE a', ['a'], false],
  ['SUMMARIZE a', ['a'], false],
  ["PIVOT a ON b IN ('x') USING sum(c)", ['a'], false],
  ['SHOW TABLES', [], true],
  ['SELECT * FROM information_schema.columns', [], true],
  ['FROM duckdb_views()', [], true],
  ['FROM range(3), (VALUES (1)) v', [], false],
])('%s reads %j', async (statement, names, catalog) => {
  const verdict = await verdictOn(statement)
  if (verdict.kind !== 'query') throw new Error(verdict.message)
  expect({ names: [...verdict.reads.names].sort(), catalog: verdict.reads.catalog }).toEqual({ names, catalog })
})

test.each([
  ['COPY a TO b', /only queries/],
  ['EXPLAIN ANALYZE COPY a TO b', /only queries/],
  ['EXPLAIN EXPLAIN SELECT 1', /only queries/],
  ['PIVOT a ON b USING sum(c)', /IN \(\.\.\.\)/],
  ['SELECT 1; SELECT 2', /one query/],
  ['SELEC 1', /syntax error/],
  ["FROM read_csv('x')", /read_csv is not allowed/],
  ["FROM query('SELECT 1')", /query is not allowed/],
  ['SELECT (SELECT count(*) FROM system.main.ENABLE_LOGGING())', /enable_logging is not allowed/],
])('%s is refused', async (statement, why) => {
  const verdict = await verdictOn(statement)
  expect(verdict).toMatchObject({ kind: 'refused', message: expect.stringMatching(why) })
})

test('a tree deeper than the call stack is judged', () => {
  let node: object = { type: 'BASE_TABLE', table_name: 'deep' }
  for (let depth = 0; depth < 100_000; depth++) node = { child: node }
  const verdict = judge({ error: false, statements: [node] })
  expect(verdict.kind === 'query' && [...verdict.reads.names]).toEqual(['deep'])
})
