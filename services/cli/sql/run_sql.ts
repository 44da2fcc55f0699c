// What `tickerlake sql` does: opens the lake, finds the query, and runs it as a script, into a file, or at a prompt.

import { sqlConfig } from '#lake/query_settings'
import type { FormatName } from '#lake-sql/formats'
import type { PointInTime } from '#lake-sql/lake_source'
import type { QueryRoom } from '#lake-sql/query_process'
import { PlatformError } from '#runtime/errors'
import type { CommandArguments, CommandContext } from '#services/cli/command'
import { openHistory } from '#services/cli/sql/history'
import { outputFile, writeOutput } from '#services/cli/sql/output_file'
import { runPrompt } from '#services/cli/sql/prompt'
import { queryText } from '#services/cli/sql/query_text'
import { runScript } from '#services/cli/sql/script'
import { openShell } from '#services/cli/sql/shell'

/** What was chosen on the command line. */
export interface SqlChoice {
  /** undefined: none was named. */
  readonly format: FormatName | undefined
  readonly at: PointInTime
  /** For the first query; whoever opened it closes it, too. */
  readonly room?: Promise<QueryRoom>
}

/** Runs the query, or the prompt. Throws USAGE, and what queries throw. */
export async function runSql(
  context: CommandContext,
  args: CommandArguments,
  { format, ...choice }: SqlChoice,
): Promise<void> {
  const file = outputFile(args, format)
  const shell = await openShell(context, {
    ...choice,
    format: format ?? 'table',
    attach: words(args.values.attach),
    explain: args.values.explain === true,
  })
  const query = await queryText(context, args)
  if (file !== undefined) {
    if (query === undefined) throw new PlatformError('USAGE', '-o FILE needs a query: "SELECT ...", -f FILE or a pipe')
    return writeOutput(shell, { query, file }, context)
  }
  if (query !== undefined) return runScript(shell, query, context)
  await runPrompt(context, { shell, history: openHistory(sqlConfig(context).historyFile) })
}

function words(value: CommandArguments['values'][string]): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
