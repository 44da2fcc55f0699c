// `tickerlake copy`: brings tables to another place, commit by commit, goes on as commits come, hands one version out
// as a table of its own, or proves that the target is what the source is. The work is done in packages/table-copy.

import type { Command } from '#services/cli/command'
import { openPlaces } from '#services/cli/copy/copy_places'
import { readCopyWish } from '#services/cli/copy/copy_words'
import { copySettings } from '#services/copy/config'
import { lakeSettings, metricsSettings, targetSettings } from '#services/platform/settings'

/** Copies one table, or all. */
export const copyCommand: Command = {
  name: 'copy',
  usage: 'SOURCE TARGET | --all [SOURCE] TARGET  [--follow | --snapshot [--version N] | --verify] [--json]',
  takesArguments: true,
  isService: ({ values }) => values.follow === true,
  givesData: ({ values }) => values.json === true,
  details: `SOURCE is one of the lake's tables, or the path or URL of any other; with --all a root of tables, the lake's
by default. TARGET is the table's new place: a folder, or a URL of a store; with --all each table gets a folder of its
name there. At every moment the target is a whole table at some version of the source. A copy that was stopped or
killed goes on when it is started again, and copies only what is missing. No file and no commit at the target is
overwritten or deleted.
The target is reached by the settings of the lake, or by TARGET_ settings alone once one of these is set, such as
TARGET_S3_ENDPOINT or TARGET_AWS_ACCESS_KEY_ID. docs/copy.md says more.

    tickerlake copy stocks /backup/stocks
    tickerlake copy --all --follow s3://other-bucket/bronze
    tickerlake copy --all --verify s3://other-bucket/bronze`,
  options: {
    all: { type: 'boolean', description: 'all tables below the source' },
    follow: { type: 'boolean', description: 'go on as commits come, until it is stopped' },
    snapshot: { type: 'boolean', description: 'only what one version needs, as version 0 of a new table' },
    version: { type: 'string', placeholder: 'N', description: 'with --snapshot: that version; default: the newest' },
    verify: { type: 'boolean', description: 'copy nothing; prove that the target is what the source is' },
    json: { type: 'boolean', description: 'as a JSON array; with --follow, each pass as a line' },
  },
  settings: [lakeSettings, targetSettings, copySettings, metricsSettings],
  async run(context, args) {
    const wish = readCopyWish(args)
    const call = { context, wish, places: await openPlaces(context, wish) }
    if (wish.work === 'follow') {
      const { followCopy } = await import('#services/cli/copy/follow')
      return followCopy(call)
    }
    const { copyOnce, handOutOnce, verifyOnce } = await import('#services/cli/copy/once')
    if (wish.work === 'verify') return verifyOnce(call)
    return wish.work === 'snapshot' ? handOutOnce(call) : copyOnce(call)
  },
}
