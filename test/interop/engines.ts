// The three readers of a table: ours (`tickerlake sql`), delta-rs and Spark, asked in the same way.

import { afterAll, beforeAll, describe } from 'vitest'
import { type Python, pythonEnvironment } from '#support/engines/python'
import { type Spark, sparkEnvironment } from '#support/engines/spark'
import type { MissingService } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'
import { type Dialect, datafusionDialect, duckdbDialect, type Row, sparkDialect } from './dialect.ts'
import { type EngineProcess, startEngine } from './engine_process.ts'

/** What reads a table. */
export interface Engine {
  readonly name: string
  readonly dialect: Dialect
  /** Rows of a query over the table in this folder, which it calls `t`. */
  query(path: string, sql: string): Promise<Row[]>
}

/** An engine that writes, too. */
export interface WritingEngine extends Engine {
  /** Appends the rows of a query over the table to the table. */
  append(path: string, sql: string): Promise<void>
  checkpoint(path: string): Promise<void>
  /** What it finds in commitInfo, newest first. */
  history(path: string): Promise<{ readonly version: number; readonly operation: string }[]>
  /** Reader and writer version. */
  protocol(path: string): Promise<number[]>
}

/** All of them. */
export interface Engines {
  readonly ours: Engine
  readonly deltaRs: WritingEngine & {
    /** Rows by its Arrow data set, which skips by statistics in another way than its SQL. */
    countBetween(path: string, range: { column: string; low: string; high: string }): Promise<number>
  }
  readonly spark: WritingEngine & {
    /** Runs a statement that gives no rows. */
    run(sql: string): Promise<void>
    /** How many files it still reads for a query. */
    filesRead(path: string, sql: string): Promise<number>
    /** A checkpoint of several files. */
    checkpointInParts(path: string): Promise<void>
    /** Lets the table's checkpoints be of version 2, which is a feature that readers must know. */
    useVersion2Checkpoints(path: string): Promise<void>
  }
  readonly all: readonly Engine[]
}

const DELTA_RS_REQUIREMENTS = ['deltalake==1.6.6', 'pyarrow==26.0.1']

/** So few that a small table's checkpoint has parts. */
const ACTIONS_PER_PART = '10'

/** delta-rs is asked for more than the pipeline's tests ask, so it has an environment of its own. */
const deltaRsPython = await pythonEnvironment(DELTA_RS_REQUIREMENTS)
const sparkPlace = await sparkEnvironment()

/** A suite with all engines. Without one of them it is skipped. */
export function describeWithEngines(name: string, body: (engines: () => Engines) => void): void {
  const reasons = [deltaRsPython, sparkPlace].flatMap((found) => ('missing' in found ? [found.missing] : []))
  const title = reasons.length === 0 ? name : `${name} (skipped: ${reasons.join('; ')})`
  describe.skipIf(reasons.length > 0)(title, () => {
    let started: { readonly engines: Engines; close(): Promise<void> } | undefined
    beforeAll(async () => {
      started = await startEngines(deltaRsPython, sparkPlace)
    })
    afterAll(async () => started?.close())
    body(() => {
      if (started === undefined) throw new Error('the engines have not been started')
      return started.engines
    })
  })
}

async function startEngines(python: Python | MissingService, place: Spark | MissingService) {
  if ('missing' in python || 'missing' in place) throw new Error('there are no engines')
  const folder = newFolder()
  const [deltaRs, spark] = await Promise.all([
    startEngine({ interpreter: python.interpreter, file: 'delta_rs.py', args: [] }),
    startEngine({ interpreter: place.python.interpreter, file: 'spark.py', args: [place.jars.join(), folder] }),
  ])
  const engines = {
    ours: { name: 'tickerlake', dialect: duckdbDialect, query: ourQuery },
    deltaRs: {
      ...writingEngine('delta-rs', datafusionDialect, deltaRs),
      countBetween: async (path: string, range: { column: string; low: string; high: string }) =>
        Number(await deltaRs.ask('count_between', { path, ...range })),
    },
    spark: {
      ...writingEngine('Spark', sparkDialect, spark),
      run: async (sql: string) => void (await spark.ask('run', { sql })),
      filesRead: async (path: string, sql: string) => Number(await spark.ask('files_read', { path, sql })),
      checkpointInParts: async (path: string) =>
        void (await spark.ask('checkpoint_in_parts', { path, actions: ACTIONS_PER_PART })),
      useVersion2Checkpoints: async (path: string) =>
        void (await spark.ask('set_property', { path, name: 'delta.checkpointPolicy', value: 'v2' })),
    },
  }
  return {
    engines: { ...engines, all: [engines.ours, engines.deltaRs, engines.spark] },
    async close() {
      await Promise.all([deltaRs.close(), spark.close()])
      removeFolder(folder)
    },
  }
}

function writingEngine(name: string, dialect: Dialect, engine: EngineProcess): WritingEngine {
  return {
    name,
    dialect,
    query: async (path, sql) => (await engine.ask('query', { path, sql })) as Row[],
    append: async (path, sql) => void (await engine.ask('append', { path, sql })),
    checkpoint: async (path) => void (await engine.ask('checkpoint', { path })),
    history: async (path) => (await engine.ask('history', { path })) as { version: number; operation: string }[],
    protocol: async (path) => (await engine.ask('protocol', { path })) as number[],
  }
}

async function ourQuery(path: string, sql: string): Promise<Row[]> {
  const command = startTickerlake(['sql', '--json', '--attach', `t=${path}`, sql], { DATA_DIR: temporaryFolder() })
  command.input('')
  const { code } = await command.ended
  if (code !== 0) throw new Error(`tickerlake sql ended with ${code}: ${command.stderr.join('\n')}`)
  return (JSON.parse(command.stdout.join('\n')) as Record<string, string>[]).map((row) => Object.values(row))
}
