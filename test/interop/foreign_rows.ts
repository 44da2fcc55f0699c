// Rows of stocks as other writers make them: from rows that are there, with moments between two milliseconds, offsets
// beyond 2^53 and a column without any value.

import { schemaOf, TABLES } from '#lake/tables'
import type { WritingEngine } from './engines.ts'

/** Microseconds that foreign rows stand behind ours; statistics know milliseconds only. */
const BEHIND_MICROS = 456

/** The least offset that a double cannot hold. */
const OFFSET_START = '9007199254740993'

/** One in so many rows is taken. */
const ONE_IN = 8

/** The query that an engine appends to the table; its rows say so in source_topic. */
export function foreignRows(engine: WritingEngine, round: number): string {
  const { dialect } = engine
  const changed: Readonly<Record<string, string>> = {
    event_time: dialect.later('event_time', BEHIND_MICROS),
    id: `concat(id, ' by ', ${dialect.literal(engine.name)})`,
    bid: 'CAST(NULL AS DOUBLE)',
    source_topic: dialect.literal(sourceOf(engine, round)),
    source_offset: `source_offset + ${OFFSET_START}`,
  }
  const [stocks] = TABLES
  if (stocks === undefined) throw new Error('there are no tables')
  const columns = schemaOf(stocks).fields.map(({ name }) => `${changed[name] ?? name} AS ${name}`)
  const where = `source_topic = 'stock-prices' AND source_offset % ${ONE_IN} = ${round % ONE_IN}`
  return `SELECT ${columns.join(', ')} FROM t WHERE ${where}`
}

/** What stands in source_topic of the rows. */
export function sourceOf(engine: WritingEngine, round: number): string {
  return `${engine.name} ${round}`
}
