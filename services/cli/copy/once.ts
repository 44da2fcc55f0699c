// A copy, a hand-out or a verification that is made once, with the way shown on a terminal. Tables are copied side by
// side, and verified one after the other; one that fails does not keep the others from their turn.

import { inParallel } from '#object-store/in_parallel'
import type { Clock } from '#runtime/clock'
import { displayLines } from '#runtime/console/display_text'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { CommandContext } from '#services/cli/command'
import { type CopyPlaces, foundTables, prepareTarget } from '#services/cli/copy/copy_places'
import { PassesShown, throttled, verifyProgressText, waitText } from '#services/cli/copy/copy_progress'
import {
  copyTeller,
  handOutTeller,
  type OutcomeTeller,
  resultFacts,
  resultLines,
  type TableResult,
  timesNote,
  verifyTeller,
} from '#services/cli/copy/copy_report'
import type { CopyWish } from '#services/cli/copy/copy_words'
import { jsonText } from '#services/cli/print/json_text'
import { loggerAbove, type ProgressLine, progressLine } from '#services/cli/print/progress_line'
import { isGone, thisCopier } from '#services/copy/copier'
import { copyTable } from '#table-copy/copy_table'
import type { CopiedTable } from '#table-copy/follow'
import { handOut } from '#table-copy/hand_out'
import { type LeaseParts, withLease } from '#table-copy/lease'
import { COPY_LEASES_MAX } from '#table-copy/limits'
import type { CopyOptions, CopyProgress } from '#table-copy/pass'
import { SideBySide } from '#table-copy/side_by_side'
import { type VerifyProgress, verifyCopy } from '#table-copy/verify_copy'

/** What one call works with. */
interface OnceCall {
  readonly context: CommandContext
  readonly wish: CopyWish
  readonly places: CopyPlaces
}

/** Copies all tables of the wish. Throws what kept one of them from it, once all had their turn. */
export async function copyOnce(call: OnceCall): Promise<void> {
  const results = await eachTable(call, copyTeller, (table, { lease, options }) =>
    lease(table, (signal) => copyTable(table.source, table.target, { ...options(table), signal })),
  )
  const copied = results.flatMap((result) => ('outcome' in result && result.outcome.entries > 0 ? [result] : []))
  const timeless = copied.filter(({ outcome }) => !outcome.inCommitTimestamps)
  const note = timesNote(timeless.map(({ table }) => table.name))
  if (note !== undefined) call.context.logger.warn(note)
  throwFirst(results)
}

/** Hands out all tables of the wish. */
export async function handOutOnce(call: OnceCall): Promise<void> {
  const { context, wish } = call
  const { newId } = context
  const version = wish.version === undefined ? {} : { version: wish.version }
  const results = await eachTable(call, handOutTeller, (table, { lease, options }) =>
    lease(table, (signal) => handOut(table.source, table.target, { ...options(table), ...version, signal, newId })),
  )
  throwFirst(results)
}

/** Compares all tables of the wish. Throws VERIFY_FAILED when there are differences. */
export async function verifyOnce(call: OnceCall): Promise<void> {
  const { clock, random, signal } = call.context
  const results = await eachTable(call, verifyTeller, ({ name, source, target }, { progress }) => {
    const show = throttled(() => clock.now())
    const onProgress = (at: VerifyProgress) => show(() => progress.show(verifyProgressText(name, at, progress.width)))
    return timed(clock, () => verifyCopy(source, target, { clock, random, signal, onProgress }))
  })
  throwFirst(results)
  const differing = results.filter((result) => 'outcome' in result && result.outcome.differenceCount > 0)
  if (differing.length === 0) return
  const which = differing.map(({ table }) => table.name).join(', ')
  throw new PlatformError('VERIFY_FAILED', `${which}: the target is not what the source is; the differences are listed`)
}

/** What became of a table's work, and how long it took. */
interface Timed<T> {
  readonly outcome: T
  readonly durationMs: number
}

/** What the work on one table is lent. */
interface TableParts {
  readonly progress: ProgressLine
  /** Runs work as the table's only copier, when it is the table's turn. */
  lease<T>(table: CopiedTable, work: (signal: AbortSignal) => Promise<T>): Promise<Timed<T>>
  options(table: CopiedTable): PassOptions
}

type PassOptions = Pick<CopyOptions, 'clock' | 'random' | 'room'> & {
  readonly logger: Logger
  readonly onProgress: (progress: CopyProgress) => void
}

/**
 * Works through the tables and prints what became of them, in their order. A table alone that fails is the command's
 * failure.
 */
async function eachTable<T>(
  { context, wish, places }: OnceCall,
  teller: OutcomeTeller<T>,
  work: (table: CopiedTable, parts: TableParts) => Promise<Timed<T>>,
): Promise<readonly TableResult<T>[]> {
  const progress = progressLine(context.stderr)
  const parts = partsOf(context, progress)
  const results = new Map<string, TableResult<T>>()
  let tables: readonly CopiedTable[] = []
  const inOrder = () => tables.flatMap(({ name }) => results.get(name) ?? [])
  try {
    tables = await foundTables(places, wish)
    if (wish.work !== 'verify') await prepareTarget(places, context)
    const doTable = async (table: CopiedTable) => {
      if (context.signal.aborted && results.size > 0) return
      results.set(table.name, await resultOf(table, { isAlone: tables.length === 1 }, () => work(table, parts)))
    }
    await inParallel(tables, wish.work === 'verify' ? 1 : COPY_LEASES_MAX, doTable)
  } finally {
    progress.end()
    if (results.size > 0) context.stdout.write(textOf(inOrder(), { teller, asJson: wish.asJson }))
  }
  return inOrder()
}

async function resultOf<T>(
  table: CopiedTable,
  { isAlone }: { readonly isAlone: boolean },
  work: () => Promise<Timed<T>>,
): Promise<TableResult<T>> {
  try {
    if (table.fault !== undefined) throw table.fault
    return { table, ...(await work()) }
  } catch (error) {
    if (!(error instanceof PlatformError) || isAlone) throw error
    return { table, error }
  }
}

async function timed<T>({ now }: Clock, work: () => Promise<T>): Promise<Timed<T>> {
  const begun = now()
  const outcome = await work()
  return { outcome, durationMs: now() - begun }
}

function textOf<T>(
  results: readonly TableResult<T>[],
  { teller, asJson }: { readonly teller: OutcomeTeller<T>; readonly asJson: boolean },
): string {
  if (asJson) return jsonText(results.map((result) => resultFacts(result, teller)))
  return displayLines(`${resultLines(results, teller).join('\n')}\n`)
}

function throwFirst(results: readonly TableResult<unknown>[]): void {
  const failed = results.flatMap((result) => ('error' in result ? [result] : []))
  // Tables that had no turn yet have no result.
  const first = failed.find(({ error }) => error.code === 'STOPPED') ?? failed[0]
  if (first === undefined) return
  const { code, message } = first.error
  if (code === 'STOPPED') throw new PlatformError(code, `${first.table.name}: ${message}`)
  const names = failed.map(({ table }) => table.name).join(', ')
  throw new PlatformError(code, `${counted(failed.length, 'table')} failed (${names}); all others are done`)
}

function partsOf(context: CommandContext, progress: ProgressLine): TableParts {
  const { clock, random, signal } = context
  const logger = loggerAbove(progress, context.logger)
  const copier = thisCopier(context.newId())
  const sideBySide = new SideBySide()
  const passes = new PassesShown({ context, progress, logger })
  const leaseParts = (table: CopiedTable): LeaseParts => ({
    ...{ copier, clock, random, signal },
    isGone: (holder) => isGone(holder, copier),
    onWait: (holder) => logger.info(waitText(table.name, holder)),
  })
  return {
    progress,
    lease: (table, work) =>
      withLease(table.target, leaseParts(table), (signal) =>
        sideBySide.turn(() => timed(clock, () => work(signal)).finally(() => passes.ended(table.name))),
      ),
    options: ({ name }) => ({
      ...{ clock, random, logger, room: sideBySide.room },
      onProgress: (at) => passes.at(name, at),
    }),
  }
}
