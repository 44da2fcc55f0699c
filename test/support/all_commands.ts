// Every command, loaded, and every setting that any of them reads.

import type { SettingsGroup } from '#runtime/settings'
import type { Command } from '#services/cli/command'
import { COMMANDS, type ListedCommand } from '#services/cli/commands'
import { speechSettings } from '#services/platform/settings'

/** All commands, each with its line of the list. */
export const ALL_COMMANDS: readonly { readonly listed: ListedCommand; readonly command: Command }[] = await Promise.all(
  COMMANDS.map(async (listed) => ({ listed, command: await listed.load() })),
)

/** The settings of all commands, and those of the process itself. */
export const ALL_SETTINGS: readonly SettingsGroup[] = [
  ...new Set([...ALL_COMMANDS.flatMap(({ command }) => command.settings), speechSettings]),
]
