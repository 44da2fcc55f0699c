// All commands, in the order of the help: the whole first, then the services in the order of the flow, then the tables.

import type { SettingsGroup } from '#runtime/settings'
import type { Command } from '#services/cli/command'
import { replayCheckCommand } from '#services/cli/commands/audit/replay_check'
import { verifyCommand } from '#services/cli/commands/audit/verify'
import { produceCommand } from '#services/cli/commands/services/produce'
import { redriveCommand } from '#services/cli/commands/services/redrive'
import { startCommand } from '#services/cli/commands/services/start'
import { streamCommand } from '#services/cli/commands/services/stream'
import { writeCommand } from '#services/cli/commands/services/write'
import { credentialsCommand } from '#services/cli/commands/setup/credentials'
import { initCommand } from '#services/cli/commands/setup/init'
import { checkpointCommand } from '#services/cli/commands/tables/checkpoint'
import { compactCommand } from '#services/cli/commands/tables/compact'
import { historyCommand } from '#services/cli/commands/tables/history'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { tablesCommand } from '#services/cli/commands/tables/tables'
import { vacuumCommand } from '#services/cli/commands/tables/vacuum'
import { speechSettings } from '#services/platform/settings'

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
