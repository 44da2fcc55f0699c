// A recorded file of a million lines, taken to its end: every line is a row or a dead letter, and is there once.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const LINES = 1_000_000
const DEAD_EVERY = 1_000
const SYMBOLS = 500
const START = Date.UTC(2026, 9, 2, 13, 30)

test('start --drain takes a replayed file to its end, and the counts by SQL are those of the file', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'quotes.ndjson')
  await writeQuotes(file)
  const env = { DATA_DIR: folder, SOURCE: 'replay', REPLAY_FILE: file, LOG_LEVEL: 'warn' }
  const drained = startTickerlake(['start', '--drain'], env)
  expect(await drained.ended).toEqual({ code: 0, signal: null })
  expect(drained.stderr).toEqual([])
  expect(drained.stdout.join('\n')).toContain('sent 1,000,000 records')

  const [counts] = await sqlRows(
    `SELECT (SELECT count(*) FROM stocks) AS valid, (SELECT count(*) FROM dead_letters) AS dead,
            (SELECT count(DISTINCT (source_partition, source_offset)) FROM stocks) AS places,
            (SELECT sum(count) FROM bars) AS barred, (SELECT count(*) FROM late_quotes) AS late`,
    env,
  )
  const dead = LINES / DEAD_EVERY
  expect(counts).toEqual({ valid: LINES - dead, dead, places: LINES - dead, barred: LINES - dead, late: 0 })
}, 240_000)

async function writeQuotes(path: string): Promise<void> {
  const out = createWriteStream(path)
  for (let from = 0; from < LINES; from += 10_000) {
    const lines = Array.from({ length: 10_000 }, (_, i) => lineOf(from + i)).join('')
    if (!out.write(lines)) await once(out, 'drain')
  }
  await new Promise((resolve) => out.end(resolve))
}

/** 1,000 quotes a second over 500 symbols, and every thousandth line is rubbish. */
function lineOf(index: number): string {
  if (index % DEAD_EVERY === DEAD_EVERY - 1) return `{"symbol":"S${index % SYMBOLS}","price":-1,"timestamp":${START}}\n`
  const price = 100 + (index % 97) / 100
  return `{"symbol":"S${index % SYMBOLS}","price":${price},"timestamp":${START + index},"size":${1 + (index % 9)}}\n`
}
