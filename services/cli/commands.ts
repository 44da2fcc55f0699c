// All commands, in the order of the help: the whole first, then the services in the order of the flow, then the tables.
// Only the one that is called is loaded: loading them all takes longer than most of them run.

import type { Command } from '#services/cli/command'

/** A command that is not loaded yet. */
export interface ListedCommand {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  load(): Promise<Command>
}

/** Every command of the line. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'start',
    summary: 'run producer, stream and writer in one process (a simulated market unless SOURCE says otherwise)',
    load: async () => (await import('#services/cli/commands/services/start')).startCommand,
  },
  {
    name: 'init',
    summary: 'create the topics and the bucket, and prove that the store keeps conditional writes',
    load: async () => (await import('#services/cli/commands/setup/init')).initCommand,
  },
  {
    name: 'produce',
    summary: 'take quotes from SOURCE into the topic stock-prices',
    load: async () => (await import('#services/cli/commands/services/produce')).produceCommand,
  },
  {
    name: 'backfill',
    summary: "fetch bars, splits and dividends out of Yahoo's history",
    load: async () => (await import('#services/cli/commands/services/backfill')).backfillCommand,
  },
  {
    name: 'stream',
    summary: 'make bars, alerts, late quotes and dead letters of the quotes',
    load: async () => (await import('#services/cli/commands/services/stream')).streamCommand,
  },
  {
    name: 'write',
    summary: "land the topics in the lake's Delta tables",
    load: async () => (await import('#services/cli/commands/services/write')).writeCommand,
  },
  {
    name: 'web',
    summary: 'serve the live page and its HTTP API',
    load: async () => (await import('#services/cli/commands/services/web')).webCommand,
  },
  {
    name: 'sql',
    summary: 'query the lake with SQL',
    load: async () => (await import('#services/cli/commands/tables/sql')).sqlCommand,
  },
  {
    name: 'tables',
    summary: 'list the tables and views of the lake',
    load: async () => (await import('#services/cli/commands/tables/tables')).tablesCommand,
  },
  {
    name: 'gaps',
    summary: 'list the minutes of regular hours that have no bar, and why',
    load: async () => (await import('#services/cli/commands/tables/gaps')).gapsCommand,
  },
  {
    name: 'history',
    summary: 'list the commits of a table, newest first',
    load: async () => (await import('#services/cli/commands/tables/history')).historyCommand,
  },
  {
    name: 'copy',
    summary: 'copy tables to another folder or store, and go on as commits come',
    load: async () => (await import('#services/cli/commands/tables/copy')).copyCommand,
  },
  {
    name: 'compact',
    summary: 'merge the small files of tables into large, sorted ones',
    load: async () => (await import('#services/cli/commands/tables/compact')).compactCommand,
  },
  {
    name: 'vacuum',
    summary: 'list the data files that no version needs any more, and with --delete delete them',
    load: async () => (await import('#services/cli/commands/tables/vacuum')).vacuumCommand,
  },
  {
    name: 'checkpoint',
    summary: 'write a checkpoint, so that a table with a long log opens quickly',
    load: async () => (await import('#services/cli/commands/tables/checkpoint')).checkpointCommand,
  },
  {
    name: 'upgrade',
    summary: 'turn on in-commit timestamps, so that time travel by time survives a copy',
    load: async () => (await import('#services/cli/commands/tables/upgrade')).upgradeCommand,
  },
  {
    name: 'verify',
    summary: 'prove from the tables that every record stands in them at most once',
    load: async () => (await import('#services/cli/commands/audit/verify')).verifyCommand,
  },
  {
    name: 'replay-check',
    summary: 'replay the quotes and list where bars, alerts and late quotes come out differently',
    load: async () => (await import('#services/cli/commands/audit/replay_check')).replayCheckCommand,
  },
  {
    name: 'redrive',
    summary: 'list dead letters by reason, and with --publish publish chosen ones again',
    load: async () => (await import('#services/cli/commands/services/redrive')).redriveCommand,
  },
  {
    name: 'credentials',
    summary: "show the object store's credentials",
    load: async () => (await import('#services/cli/commands/setup/credentials')).credentialsCommand,
  },
]
