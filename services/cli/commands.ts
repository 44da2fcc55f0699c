// All commands, in the order of the help: the whole first, then the services in the order of the flow, then the tables.

import type { SettingsGroup } from '#runtime/settings'
import type { Command } from '#services/cli/command'
import { redriveCommand } from '#services/cli/commands/records/redrive'
import { replayCheckCommand } from '#services/cli/commands/records/replay_check'
import { verifyCommand } from '#services/cli/commands/records/verify'
import { credentialsCommand } from '#services/cli/commands/services/credentials'
import { initCommand } from '#services/cli/commands/services/init'
import { produceCommand } from '#services/cli/commands/services/produce'
import { startCommand } from '#services/cli/commands/services/start'
import { streamCommand } from '#services/cli/commands/services/stream'
import { writeCommand } from '#services/cli/commands/services/write'
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
