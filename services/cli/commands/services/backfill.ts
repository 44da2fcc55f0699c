// `tickerlake backfill`: fetches history out of Yahoo's charts into the topics of history. The work is done in
// services/backfill.

import { sqlSettings } from '#lake/query_settings'
import { HISTORY_TOPICS } from '#market/topics'
import { durationText } from '#runtime/counted'
import { type BackfillProgress, runBackfill, surveyDone } from '#services/backfill/backfill'
import { backfillSettings } from '#services/backfill/config'
import { type OpenedBackfill, openBackfill, tableSurvey } from '#services/backfill/opened'
import { planBackfill, type Wish } from '#services/backfill/plan'
import type { BackfillSummary } from '#services/backfill/summary'
import { unitText } from '#services/backfill/unit'
import { calendarSettings } from '#services/calendar_settings'
import type { Command, CommandContext } from '#services/cli/command'
import { planReport, type ReportOptions, summaryReport, throwUnlessWhole } from '#services/cli/print/backfill_report'
import { loggerAbove, type ProgressLine, progressBar, progressLine } from '#services/cli/print/progress_line'
import { readWish } from '#services/cli/wish_words'
import { lakeSettings, logSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'

/** Fetches history, or says what it would fetch. */
export const backfillCommand: Command = {
  name: 'backfill',
  usage: '--from DATE [--to DATE] [--symbols LIST] [--grain GRAIN] [--dry-run] [--again] [--json]',
  details: `Trading days that are done are not asked for again, so after an end of any kind the same command goes on.
A second backfill takes over from the first. Yahoo has 1m bars of 30 days, 5m of 60 days, 1h of 730 days, 1d of all.
Live bars stay as they are; the view bars_all has history where a live bar is missing. docs/backfill.md says more.

    tickerlake backfill --from 2026-11-02
    tickerlake backfill --from 2000-01-01 --grain 1d --symbols AAPL,MSFT`,
  options: {
    from: { type: 'string', placeholder: 'DATE', description: 'the first trading day, such as 2026-11-02' },
    to: { type: 'string', placeholder: 'DATE', description: 'the last one; default: today' },
    symbols: { type: 'string', placeholder: 'LIST', description: 'such as AAPL,MSFT; default: SYMBOLS' },
    grain: { type: 'string', placeholder: 'GRAIN', description: 'length of the bars: 1m (default), 5m, 1h or 1d' },
    'dry-run': { type: 'boolean', description: 'only say what would be asked, and how long that takes' },
    again: { type: 'boolean', description: 'fetch days that are done, too' },
    json: { type: 'boolean', description: 'the summary as a JSON object' },
  },
  settings: [logSettings, lakeSettings, backfillSettings, calendarSettings, sqlSettings],
  async run(context, { values }) {
    const now = context.clock.now()
    const wish = readWish(values, { symbols: context.settings.of(backfillSettings).SYMBOLS, now })
    const call = { wish, again: values.again === true }
    const report: ReportOptions = { wish, now, asJson: values.json === true }
    if (values['dry-run'] === true) return showPlan(context, call, report)
    const progress = progressLine(context.stderr)
    const summary = await fetchHistory(context, call, progress).finally(() => progress.end())
    context.stdout.write(summaryReport(summary, { ...report, now: context.clock.now() }))
    throwUnlessWhole(summary)
  },
}

interface BackfillCall {
  readonly wish: Wish
  readonly again: boolean
}

/** Its position in the log: of two backfills the later one takes over. */
const NAME = 'backfill'

async function fetchHistory(
  context: CommandContext,
  { wish, again }: BackfillCall,
  progress: ProgressLine,
): Promise<BackfillSummary> {
  const { withLog } = await import('#services/platform/service_lifetime')
  const logger = loggerAbove(progress, context.logger)
  return await withLog(context, async (parts) => {
    const opened = await openParts({ ...context, logger }, wish, parts)
    const onProgress = (at: BackfillProgress) => progress.show(progressText(at))
    return await runBackfill({ ...opened, name: NAME, wish, again, onProgress })
  })
}

async function showPlan(context: CommandContext, { wish, again }: BackfillCall, report: ReportOptions): Promise<void> {
  const { withLog } = await import('#services/platform/service_lifetime')
  await withLog({ ...context, openLog: context.readLog }, async (parts) => {
    const opened = await openParts(context, wish, parts)
    const done = again ? { of: () => undefined } : await surveyDone({ ...opened, wish })
    const plan = planBackfill(wish, { ...opened, done, now: report.now })
    context.stdout.write(planReport(plan, { ...report, intervalMs: opened.intervalMs }))
  })
}

type LogParts = Parameters<typeof openBackfill>[1]

async function openParts(context: CommandContext, wish: Wish, parts: LogParts): Promise<OpenedBackfill> {
  await requireTopics(parts.log, HISTORY_TOPICS)
  return { ...openBackfill(context, parts), surveyTable: tableSurvey(context, wish.grain) }
}

function progressText({ done, total, unit, leftMs }: BackfillProgress): string {
  const left = leftMs === null ? '' : `, about ${durationText(leftMs)} left`
  return `backfill: ${progressBar(done, total)} ${unitText(unit)}${left}`
}
