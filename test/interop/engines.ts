// The three readers of a table: ours (`tickerlake sql`), delta-rs and Spark, asked in the same way.

import { afterAll, beforeAll, describe } from 'vitest'
import { type Python, pythonEnvironment } from '#support/engines/python'
import { type Spark, sparkEnvironment } from '#support/engines/spark'
import type { MissingService } from '#support/services/services'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { type Dialect, datafusionDialect, type Row, sparkDialect } from './dialect.ts'
import { type EngineProcess, startEngine } from './engine_process.ts'
import { type Engine, ourEngine } from './our_engine.ts'

export type { Engine }

/** An engine that writes, too. */
export interface WritingEngine extends Engine {
  /** Appends the rows of a query over the table to the table. */
  append(path: string, sql: string): Promise<void>
  checkpoint(path: string): Promise<void>
  /** What it finds in the log, newest first; times in milliseconds. */
  history(path: string): Promise<EngineCommit[]>
  /** Reader and writer version. */
  protocol(path: string): Promise<number[]>
}

/** What a notebook showed: rows by their columns' names, and what its charts hold. */
export interface RunNotebook {
  readonly displayed: readonly (readonly Readonly<Record<string, unknown>>[])[]
  readonly charts: readonly {
    readonly title: string
    readonly points: readonly number[]
    readonly marks: readonly number[]
    readonly bars: number
  }[]
}

/** A commit, as an engine's history has it. */
export interface EngineCommit {
  readonly version: number
  readonly operation: string
  readonly timestamp: number
}

/** All of them. */
export interface Engines {
  readonly ours: Engine
  readonly deltaRs: WritingEngine & {
    /** Rows by its Arrow data set, which skips by statistics in another way than its SQL. */
    countBetween(path: string, range: { column: string; low: string; high: string }): Promise<number>
  }
  readonly spark: WritingEngine & {
    /** Runs a statement. */
    run(sql: string): Promise<void>
    /** Runs a statement over the tables and views of its catalog, and gives the rows. */
    rows(sql: string): Promise<Row[]>
    /** Runs a notebook of Databricks over a schema. */
    notebook(file: string, schema: string): Promise<RunNotebook>
    /** The version that TIMESTAMP AS OF takes for a time in milliseconds. Rejects for one before the first. */
    versionAt(path: string, time: number): Promise<number>
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
    ours: ourEngine,
    deltaRs: {
      ...writingEngine('delta-rs', datafusionDialect, deltaRs),
      countBetween: async (path: string, range: { column: string; low: string; high: string }) =>
        Number(await deltaRs.ask('count_between', { path, ...range })),
    },
    spark: {
      ...writingEngine('Spark', sparkDialect, spark),
      run: async (sql: string) => void (await spark.ask('run', { sql })),
      rows: async (sql: string) => (await spark.ask('run', { sql })) as Row[],
      notebook: async (path: string, schema: string) => (await spark.ask('notebook', { path, schema })) as RunNotebook,
      versionAt: async (path: string, time: number) =>
        Number(await spark.ask('version_at', { path, time: String(time) })),
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
    history: async (path) => (await engine.ask('history', { path })) as EngineCommit[],
    protocol: async (path) => (await engine.ask('protocol', { path })) as number[],
  }
}
