// A command's context for tests: settings and input as given, the lake a folder, output as text.

import { PassThrough, Readable } from 'node:stream'
import { openFilesystemStore } from '#object-store/filesystem'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import type { Command, CommandContext } from '#services/cli/command'

/** What a command gave. */
export interface CommandOutput {
  readonly stdout: string
}

/** How to call a command. */
export interface CommandCall {
  readonly env: Env
  readonly positionals?: readonly string[]
  readonly values?: Readonly<Record<string, string | boolean | readonly string[]>>
  readonly stdin?: string
  /** The lake when it is not the folder LAKE_URL. */
  readonly lake?: ObjectStore
  readonly signal?: AbortSignal
}

/** Runs a command in this process. Rejects with what it throws. */
export async function runCommand(command: Command, call: CommandCall): Promise<CommandOutput> {
  const stdout = new PassThrough()
  let text = ''
  stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const { positionals = [], values = {} } = call
  await command.run(commandContext(call, stdout), { positionals, values })
  await new Promise((resolve) => stdout.end(resolve))
  return { stdout: text }
}

/** The context itself; `ids` count up. */
export function commandContext(call: CommandCall, stdout: PassThrough): CommandContext {
  let ids = 0
  return {
    env: call.env,
    stdin: Readable.from([call.stdin ?? '']) as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: new PassThrough().resume() as unknown as NodeJS.WriteStream,
    clock: systemClock,
    random: () => 0.5,
    newId: () => `id-${++ids}`,
    logger: silentLogger,
    signal: call.signal ?? new AbortController().signal,
    openLake: async () => call.lake ?? openFilesystemStore({ root: call.env.LAKE_URL ?? '' }),
    openStore: async (url) => openFilesystemStore({ root: url }),
    openLog: () => Promise.reject(new Error('the log is not needed here')),
  }
}
