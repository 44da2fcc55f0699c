// Answers the requests of the caller of a child process: judge the statements, plan them, take the tables, give the
// results. The process ends itself when its memory is used up, and dies with its caller.

import { rmSync, writeFileSync } from 'node:fs'
import { failureOf } from '#lake-sql/child/duckdb_error'
import {
  type Engine,
  type EngineDatabase,
  loadTables,
  openDatabase,
  openEngine,
  planStatements,
  prepareQuery,
  requireWhole,
  writeParquet,
} from '#lake-sql/child/engine'
import { type Demand, resultEvents } from '#lake-sql/child/result_stream'
import { SQL_MEMORY_CHECK_MS, SQL_OVERHEAD_BYTES_MAX, type SqlLimits } from '#lake-sql/limits'
import type { ChildAnswer, ChildPlace, ChildRequest } from '#lake-sql/messages'
import type { ResultEvent } from '#lake-sql/result'
import { withOwnSuggestion } from '#lake-sql/suggestion'

const demand: Demand = { skip: false }
/** Of all tables and views, for the suggestions of errors. */
let names: readonly string[] = []
let engine: Engine | undefined
let events: AsyncGenerator<ResultEvent> | undefined

/** Answers requests for as long as the caller is there. */
export function serveQueries({ limits, tempFolder }: ChildPlace): void {
  process.on('disconnect', () => {
    rmSync(tempFolder, { recursive: true, force: true })
    die()
  })
  guardMemory(limits)
  const opening = openDatabase({ limits, tempFolder })
  // Whether it could be opened is told to the first who asks.
  opening.catch(() => {})
  process.on('message', (request: ChildRequest) => {
    answer(request, opening).then(send, (error: unknown) => send(failed(error)))
  })
}

function failed(error: unknown): ChildAnswer {
  const { code, message } = failureOf(error)
  return { kind: 'failed', code, message: withOwnSuggestion(message, names) }
}

async function answer(request: ChildRequest, opening: Promise<EngineDatabase>): Promise<ChildAnswer> {
  if (request.kind === 'inspect') {
    names = [...request.tables, ...request.views.map((view) => view.name)]
    engine = await openEngine(request, await opening)
    return { kind: 'needs', needs: engine.needs }
  }
  if (engine === undefined) throw new Error('asked for a result before a query')
  if (request.kind === 'plan') return { kind: 'scans', scans: await planStatements(engine, request.tables) }
  if (request.kind === 'tables') {
    await loadTables(engine, request.tables)
    events = allEvents(engine)
    return { kind: 'ready' }
  }
  demand.skip = request.skip
  const next = await events?.next()
  return { kind: 'event', event: next?.value ?? { kind: 'end' } }
}

async function* allEvents(opened: Engine): AsyncGenerator<ResultEvent> {
  for (const { text } of opened.statements) {
    const start = performance.now()
    const elapsed = () => Math.round(performance.now() - start)
    if (opened.parquetFile !== undefined) {
      yield { kind: 'done', rowCount: await writeParquet(opened, text), elapsedMs: elapsed() }
      continue
    }
    const prepared = await prepareQuery(opened, text)
    const { rowCharsMax } = opened.limits
    yield* resultEvents(prepared, { demand, rowCharsMax, elapsed, requireWhole: () => requireWhole(opened, text) })
    prepared.destroySync()
  }
}

function send(message: ChildAnswer): void {
  process.send?.(message)
}

/** DuckDB does not count everything it allocates (one long string, say), so the process is measured as a whole. */
function guardMemory(limits: SqlLimits): void {
  const bytesMax = limits.memoryBytes + SQL_OVERHEAD_BYTES_MAX
  setInterval(() => {
    if (process.memoryUsage.rss() > bytesMax) die()
  }, SQL_MEMORY_CHECK_MS).unref()
  // Where the system itself runs out of memory first, this process should be the one that goes.
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000')
}

/** By a signal: exit code of libraries would run while they are at work in other threads. */
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
