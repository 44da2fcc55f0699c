// `tickerlake copy --follow`: runs as a service does, with its way told by its log, or each pass as a line of JSON.

import { displayJson } from '#runtime/console/display_text'
import { counted, grouped, sizeText } from '#runtime/counted'
import type { PlatformError } from '#runtime/errors'
import { MINUTE_MS, SECOND_MS } from '#runtime/units'
import type { CommandContext } from '#services/cli/command'
import { type CopyPlaces, prepareTarget } from '#services/cli/copy/copy_places'
import { type PassesParts, PassesShown, waitText } from '#services/cli/copy/copy_progress'
import { copyTeller, resultFacts, type TableResult, timesNote } from '#services/cli/copy/copy_report'
import type { CopyWish } from '#services/cli/copy/copy_words'
import { loggerAbove, progressLine } from '#services/cli/print/progress_line'
import { copySettings } from '#services/copy/config'
import { isGone, thisCopier } from '#services/copy/copier'
import { CopyMetrics } from '#services/copy/copy_metrics'
import { withHealth } from '#services/platform/service_lifetime'
import { copyTable } from '#table-copy/copy_table'
import { type CopiedTable, type FollowEvents, followTables } from '#table-copy/follow'
import type { CopyOutcome, CopyProgress } from '#table-copy/pass'

/** How often it is looked for new tables; all others are looked at each COPY_POLL_MS. */
const FIND_TABLES_EVERY_MS = MINUTE_MS

/** How often it is told what was copied, once a table has been brought up to date. */
const SUMMARY_EVERY_MS = MINUTE_MS

/** What one call works with. */
interface FollowCall {
  readonly context: CommandContext
  readonly wish: CopyWish
  readonly places: CopyPlaces
}

/** Follows the tables of the wish until the signal aborts. */
export async function followCopy({ context, wish, places }: FollowCall): Promise<void> {
  const { clock, random, settings } = context
  const progress = progressLine(context.stderr)
  const logger = loggerAbove(progress, context.logger)
  const copier = thisCopier(context.newId())
  const watched = places.source.localPath === undefined ? {} : { lake: places.source.url }
  await withHealth(
    context,
    async ({ health, signal }) => {
      await prepareTarget(places, context)
      const metrics = new CopyMetrics()
      health?.show(metrics)
      const speech = new FollowSpeech({ context, progress, logger, asJson: wish.asJson, sourceUrl: places.source.url })
      await followTables({
        ...{ copyTable, copier, clock, random, signal, logger },
        isGone: (holder) => isGone(holder, copier),
        findTables: atMostEvery(FIND_TABLES_EVERY_MS, clock, places.findTables),
        pollMs: settings.of(copySettings).COPY_POLL_MS,
        events: withMetrics(speech, { metrics, clock, onBegun: () => health?.ready() }),
      })
      speech.end()
    },
    watched,
  ).finally(() => progress.end())
}

/** Where nothing is found, or more than the time before, there may be more in a moment. */
function atMostEvery(
  everyMs: number,
  clock: CommandContext['clock'],
  find: () => Promise<readonly CopiedTable[]>,
): () => Promise<readonly CopiedTable[]> {
  let found: readonly CopiedTable[] = []
  let next = Number.NEGATIVE_INFINITY
  return async () => {
    if (clock.now() < next) return found
    const before = found.length
    found = await find()
    if (found.length > 0 && found.length === before) next = clock.now() + everyMs
    return found
  }
}

function withMetrics(
  speech: FollowEvents,
  { metrics, clock, onBegun }: { metrics: CopyMetrics; clock: CommandContext['clock']; onBegun: () => void },
): FollowEvents {
  return {
    onProgress(table, progress) {
      onBegun()
      metrics.progress(table.name, progress)
      speech.onProgress(table, progress)
    },
    onPass(table, outcome, durationMs) {
      metrics.pass(table.name, outcome, clock.now())
      speech.onPass(table, outcome, durationMs)
    },
    onFailure(table, error, waitMs) {
      if (table !== undefined) metrics.failure(table.name)
      speech.onFailure(table, error, waitMs)
    },
    onWait: (table, holder) => speech.onWait(table, holder),
    onRound(tables) {
      onBegun()
      speech.onRound(tables)
    },
  }
}

/** Where it speaks. */
interface SpeechParts extends PassesParts {
  readonly asJson: boolean
  readonly sourceUrl: string
}

/** What is said of the passes: the first of a table by itself, later ones summed up. */
class FollowSpeech implements FollowEvents {
  readonly #parts: SpeechParts
  readonly #seen = new Set<string>()
  readonly #timeless: string[] = []
  readonly #recent = new Recent()
  readonly #passes: PassesShown
  #isWaiting = false
  #summedUpAt: number

  constructor(parts: SpeechParts) {
    this.#parts = parts
    this.#passes = new PassesShown(parts)
    this.#summedUpAt = parts.context.clock.now()
  }

  onProgress({ name }: CopiedTable, at: CopyProgress): void {
    this.#passes.at(name, at)
  }

  onPass(table: CopiedTable, outcome: CopyOutcome, durationMs: number): void {
    const { logger } = this.#parts
    this.#passes.ended(table.name)
    const isFirst = !this.#seen.has(table.name)
    this.#seen.add(table.name)
    if (isFirst && !outcome.inCommitTimestamps) this.#timeless.push(table.name)
    const isNews = isFirst || outcome.entries + outcome.files > 0
    if (isNews) this.#data({ table, outcome, durationMs })
    const more = copyTeller.more?.(outcome) ?? []
    if (isFirst || more.length > 0) {
      const fields = { table: table.name, version: outcome.to, files: outcome.files, bytes: outcome.bytes }
      logger.info(fields, `${table.name}: ${[copyTeller.line(outcome, durationMs), ...more].join('; ')}`)
    } else if (isNews) this.#recent.add(table.name, outcome)
  }

  onFailure(table: CopiedTable | undefined, error: PlatformError, waitMs: number): void {
    if (table !== undefined) {
      this.#passes.ended(table.name)
      this.#data({ table, error })
    }
    const what = table === undefined ? '' : `${table.name}: `
    const next = `trying again in ${Math.ceil(waitMs / SECOND_MS)} s`
    this.#parts.logger.warn(
      { table: table?.name, code: error.code },
      `${what}${error.message} [${error.code}]; ${next}`,
    )
  }

  onWait(table: CopiedTable, holder: Parameters<FollowEvents['onWait']>[1]): void {
    this.#parts.logger.info(waitText(table.name, holder))
  }

  onRound(tables: readonly CopiedTable[]): void {
    const { logger, context, sourceUrl } = this.#parts
    if (tables.length === 0 && !this.#isWaiting)
      logger.info(`there are no tables at ${sourceUrl} yet; waiting for them`)
    this.#isWaiting = tables.length === 0
    const note = timesNote(this.#timeless.splice(0))
    if (note !== undefined) logger.warn(note)
    if (context.clock.now() - this.#summedUpAt >= SUMMARY_EVERY_MS) this.#sumUp()
  }

  end(): void {
    this.#sumUp()
    this.#parts.logger.info('the copy has ended; the next one goes on from here')
  }

  #sumUp(): void {
    this.#summedUpAt = this.#parts.context.clock.now()
    const summary = this.#recent.take()
    if (summary !== undefined) this.#parts.logger.info(summary.fields, summary.text)
  }

  #data(result: TableResult<CopyOutcome>): void {
    const { asJson, context, progress } = this.#parts
    if (!asJson) return
    progress.end()
    context.stdout.write(`${displayJson(JSON.stringify(resultFacts(result, copyTeller)))}\n`)
  }
}

/** What was copied since it was last told. */
class Recent {
  #commits = 0
  #files = 0
  #bytes = 0
  readonly #versions = new Map<string, number>()

  add(table: string, { entries, files, bytes, to }: CopyOutcome): void {
    this.#commits += entries
    this.#files += files
    this.#bytes += bytes
    this.#versions.set(table, to)
  }

  take(): { readonly fields: Readonly<Record<string, number>>; readonly text: string } | undefined {
    if (this.#versions.size === 0) return undefined
    const fields = { commits: this.#commits, files: this.#files, bytes: this.#bytes }
    const versions = [...this.#versions].map(([table, version]) => `${table} to version ${grouped(version)}`)
    const what = `${counted(fields.commits, 'commit')}, ${counted(fields.files, 'file')}, ${sizeText(fields.bytes)}`
    this.#versions.clear()
    this.#commits = this.#files = this.#bytes = 0
    return { fields, text: `copied ${what}: ${versions.join(', ')}` }
  }
}
