// One-shot queries by `tickerlake sql` over a lake of our own, and the start of a process that does nothing: whole
// processes, the fastest of several.

import type { Env } from '#runtime/settings'
import { drained, published } from './drain.ts'
import { onEmptyPlatform, tickerlake } from './tickerlake.ts'
import { rounded, runWhole, type Usage } from './whole_process.ts'

const ROUNDS = 5

const QUERIES: Readonly<Record<string, string>> = {
  count: 'SELECT count(*) FROM stocks',
  oneSymbol: "SELECT max(price), min(price) FROM stocks WHERE symbol = 'S7'",
  bySymbol: 'SELECT symbol, count(*), avg(price) FROM stocks GROUP BY 1 ORDER BY 2 DESC LIMIT 5',
  latest: 'SELECT * FROM latest_quotes LIMIT 5',
}

/** Asks a table of so many rows. */
export function sqlFigures(quotes: number): Promise<object> {
  return onEmptyPlatform(null, async (env) => {
    await published({ quotes, shape: {} }, env)
    await drained('write', env, quotes)
    const figures: Record<string, object> = { help: await fastest(['--help'], env) }
    for (const [name, query] of Object.entries(QUERIES)) figures[name] = await fastest(['sql', query], env)
    return { rows: quotes, ...figures }
  })
}

async function fastest(words: readonly string[], env: Env): Promise<object> {
  const runs: Usage[] = []
  for (let round = 0; round < ROUNDS; round++) runs.push(await runWhole(tickerlake(words, env)))
  const least = (of: (usage: Usage) => number) => rounded(Math.min(...runs.map(of)))
  return { seconds: least(({ seconds }) => seconds), cpuSeconds: least(({ cpuSeconds }) => cpuSeconds) }
}
