// All commands, in the order of the help: the whole first, then the services in the order of the flow, then the tables.

import type { SettingsGroup } from '#runtime/settings'
import type { Command } from '#services/cli/command'
import { checkpointCommand } from '#services/cli/commands/checkpoint'
import { compactCommand } from '#services/cli/commands/compact'
import { credentialsCommand } from '#services/cli/commands/credentials'
import { historyCommand } from '#services/cli/commands/history'
import { initCommand } from '#services/cli/commands/init'
import { produceCommand } from '#services/cli/commands/produce'
import { redriveCommand } from '#services/cli/commands/redrive'
import { replayCheckCommand } from '#services/cli/commands/replay_check'
import { sqlCommand } from '#services/cli/commands/sql'
import { startCommand } from '#services/cli/commands/start'
import { streamCommand } from '#services/cli/commands/stream'
import { tablesCommand } from '#services/cli/commands/tables'
import { vacuumCommand } from '#services/cli/commands/vacuum'
import { verifyCommand } from '#services/cli/commands/verify'
import { writeCommand } from '#services/cli/commands/write'
import { speechSettings } from '#services/cli/platform_settings'

/** Every command of the line. */
export const COMMANDS: readonly Command[] = [
  startCommand,
  initCommand,
  produceCommand,
  streamCommand,
  writeCommand,
  sqlCommand,
  tablesCommand,
  historyCommand,
  compactCommand,
  vacuumCommand,
  checkpointCommand,
  verifyCommand,
  replayCheckCommand,
  redriveCommand,
  credentialsCommand,
]

/** Every setting that any of them reads, and those of the process itself. */
export const ALL_SETTINGS: readonly SettingsGroup[] = [
  ...new Set([...COMMANDS.flatMap((command) => command.settings), speechSettings]),
]
