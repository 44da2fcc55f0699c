// The settings of `tickerlake sql`: what one query may take, and where copies of files of a store are kept.

import { join } from 'node:path'
import type { QuerySettings } from '#lake/query_context'
import type { FileCacheOptions } from '#lake-sql/file_cache'
import { SQL_CACHE_BYTES_MAX, SQL_LIMITS_DEFAULT, type SqlLimits } from '#lake-sql/limits'
import { dataDirSetting, integerSetting, settingsGroup, textSetting } from '#runtime/settings'
import { DAY_MS } from '#runtime/units'

const MIB = 2 ** 20

/** The variables that queries read besides those of the lake. */
export const sqlSettings = settingsGroup({
  DATA_DIR: dataDirSetting,
  SQL_TIMEOUT_MS: integerSetting({ min: 100, max: DAY_MS, default: SQL_LIMITS_DEFAULT.timeoutMs }),
  SQL_MEMORY_MB: integerSetting({ min: 64, max: 1_048_576, default: SQL_LIMITS_DEFAULT.memoryBytes / MIB }),
  SQL_HISTORY_FILE: textSetting().optional(),
  SQL_CACHE_DIR: textSetting().optional(),
  SQL_CACHE_MB: integerSetting({ min: 1, max: 16_777_216, default: SQL_CACHE_BYTES_MAX / MIB }),
})

/** The settings as queries take them. */
export interface SqlConfig {
  readonly limits: SqlLimits
  /** Where the prompt keeps its statements; undefined: nowhere. */
  readonly historyFile: string | undefined
  readonly cacheFolder: string
  readonly cacheBytesMax: number
}

/** The settings of the command that runs. */
export function sqlConfig(context: Pick<QuerySettings, 'settings'>): SqlConfig {
  const settings = context.settings.of(sqlSettings)
  return {
    limits: { timeoutMs: settings.SQL_TIMEOUT_MS, memoryBytes: settings.SQL_MEMORY_MB * MIB },
    historyFile: historyFile(settings),
    cacheFolder: settings.SQL_CACHE_DIR ?? join(settings.DATA_DIR, 'cache', 'sql'),
    cacheBytesMax: settings.SQL_CACHE_MB * MIB,
  }
}

function historyFile(settings: { SQL_HISTORY_FILE?: string | undefined; DATA_DIR: string }): string | undefined {
  const { SQL_HISTORY_FILE: file = join(settings.DATA_DIR, 'sql_history') } = settings
  return file === 'none' ? undefined : file
}

/** Where a command keeps its copies of files that are not on this machine. */
export function cacheOptions(context: QuerySettings): FileCacheOptions {
  const { cacheFolder, cacheBytesMax } = sqlConfig(context)
  return { folder: cacheFolder, bytesMax: cacheBytesMax, clock: context.clock, newId: context.newId }
}
