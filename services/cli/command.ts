// What a command of the `tickerlake` line is: its name, its words, its work. One file a command, below commands/; the
// list of them, with a line for each, is in commands.ts.
// Everything that a command needs from outside comes in its context; only main.ts touches the process.

import type { EventLog } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import type { Logger } from '#runtime/logger'
import type { SettingsGroup } from '#runtime/settings'
import type { ServiceContext } from '#services/platform/service'

/** An option of a command, as node:util parseArgs takes it, with words for the help. */
export interface CommandOption {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  readonly description: string
  /** How the value is called in the help, e.g. `FILE`. */
  readonly placeholder?: string
}

/** The words that a command was called with. */
export interface CommandArguments {
  readonly positionals: readonly string[]
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
}

/** What the process lends to a command: what services need, and more. */
export interface CommandContext extends ServiceContext {
  /** For data: what is written here waits for its reader and is never dropped. */
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Writes to a service's stdout. What another command has to say stands there as text, so its log goes to stderr. */
  readonly logger: Logger
  /** Aborted by SIGINT, SIGTERM or SIGHUP, and when nobody can read stdout any more: end in good order within 10 s. */
  readonly signal: AbortSignal
  /** The lake's root, from LAKE_URL and the settings of its kind. */
  openLake(): Promise<ObjectStore>
  /** It speaks through the process's logger, unless another one is handed in. */
  openLog(logger?: Logger): Promise<EventLog>
  /** The same log for those that only read: an embedded one is left untouched. It is silent without a logger. */
  readLog(logger?: Logger): Promise<EventLog>
}

/** A command. Failures are thrown as PlatformErrors; main.ts prints them and sets the exit code. */
export interface Command {
  readonly name: string
  /** What stands behind `tickerlake <name>` in the usage line, e.g. `["SELECT ..."] [options]`. */
  readonly usage: string
  /** Words that are no options may follow; the command checks them. */
  readonly takesArguments?: true
  /** More lines for `--help`: examples, what the output means. */
  readonly details?: string
  readonly options: Readonly<Record<string, CommandOption>>
  /** It runs until it is stopped. Some do so only when told to. */
  readonly isService?: true | ((args: CommandArguments) => boolean)
  /** With these words a service's stdout is data, not lines for people with its log among them. */
  readonly givesData?: (args: CommandArguments) => boolean
  /** The settings that it uses. All of them are read and checked before it runs. */
  readonly settings: readonly SettingsGroup[]
  run(context: CommandContext, args: CommandArguments): Promise<void>
}
