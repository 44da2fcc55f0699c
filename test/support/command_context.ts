// A command's context for tests: settings and input as given, the lake a folder, output as text.

import { PassThrough, Readable } from 'node:stream'
import type { EventLog } from '#log/event_log'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import { type Logger, silentLogger } from '#runtime/logger'
import { type Env, readAllSettings, type SettingsGroup } from '#runtime/settings'
import type { Command, CommandContext } from '#services/cli/command'

/** What a command gave. */
export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
}

/** How to call a command. */
export interface CommandCall {
  readonly env: Env
  /** The groups that are read; those of the command by default. */
  readonly settings?: readonly SettingsGroup[]
  readonly positionals?: readonly string[]
  readonly values?: Readonly<Record<string, string | boolean | readonly string[]>>
  readonly stdin?: string
  /** The lake when it is not the folder LAKE_URL. */
  readonly lake?: ObjectStore
  readonly signal?: AbortSignal
  readonly openLog?: () => Promise<EventLog>
  readonly logger?: Logger
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: ids that count up, the same ones for every call. */
  readonly newId?: () => string
}

/** Runs a command in this process. Rejects with what it throws. */
export async function runCommand(command: Command, call: CommandCall): Promise<CommandOutput> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].setEncoding('utf8').on('data', (part: string) => {
      texts[name] += part
    })
  }
  const { positionals = [], values = {} } = call
  const settled = { settings: command.settings, ...call }
  const context = {
    ...commandContext(settled, streams.stdout),
    stderr: streams.stderr as unknown as NodeJS.WriteStream,
  }
  await command.run(context, { positionals, values })
  await Promise.all(Object.values(streams).map((stream) => new Promise((resolve) => stream.end(resolve))))
  return texts
}

/** The context itself; `ids` count up. */
export function commandContext(call: CommandCall, stdout: PassThrough): CommandContext {
  let ids = 0
  const openLog = call.openLog ?? (() => Promise.reject(new Error('the log is not needed here')))
  return {
    settings: readAllSettings(call.env, call.settings ?? []),
    stdin: Readable.from([call.stdin ?? '']) as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: new PassThrough().resume() as unknown as NodeJS.WriteStream,
    console: { print: (line) => void stdout.write(`${line}\n`) },
    clock: call.clock ?? systemClock,
    random: () => 0.5,
    newId: call.newId ?? (() => `id-${++ids}`),
    logger: call.logger ?? silentLogger,
    signal: call.signal ?? new AbortController().signal,
    openLake: async () => call.lake ?? openFilesystemStore({ root: call.env.LAKE_URL ?? '' }),
    openStore: async (url) => openFilesystemStore({ root: url }),
    openLog,
    readLog: openLog,
  }
}
