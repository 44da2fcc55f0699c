// `tickerlake replay-check`: takes the quotes through a fresh topology and compares with what the stream emitted. Equal
// proves the promise that a replay gives the same; with other settings or rules it shows what a change would do.

import { sqlSettings } from '#lake/query_settings'
import { parseIsoInstant } from '#market/decoding/instant'
import { liveTopicsOf } from '#market/topics'
import { displayLines } from '#runtime/console/display_text'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import {
  checkReplay,
  differencesIn,
  type ReplayCheck,
  type ReplayReport,
  type Stretch,
  WHOLE,
} from '#services/audit/check_replay'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { jsonText } from '#services/cli/print/json_text'
import { progressLine } from '#services/cli/print/progress_line'
import { reportText } from '#services/cli/print/replay_report'
import { terminalWidth } from '#services/cli/print/terminal'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { lakeSettings, logSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'
import { streamConfig, streamSettings } from '#services/stream/config'

/** Differences of each kind and sort that are listed one by one, unless --show says how many. */
const LISTED_DEFAULT = 10

/** The most that --show takes, and what --json lists: about 1 KB each. */
const LISTED_MAX = 100_000

/** Compares. */
export const replayCheckCommand: Command = {
  name: 'replay-check',
  usage: '[options]',
  details: `Reads stock-prices, or with --from table the table stocks, through a fresh topology, with the settings and
ALERT_RULES of this shell, and compares with what was emitted up to where the stream has got. Missing: emitted and not
replayed. Extra: replayed and not emitted. Different: with other values (emitted -> replayed). Processing times do not
count. Differences are counted by rule, symbol and day, and the first ones are listed; --json lists up to ${LISTED_MAX}
of each kind.
With the stream's own settings nothing may differ; with a changed rules file, the differences are what the change does:

    ALERT_RULES=new_rules.json tickerlake replay-check --since 2026-11-21T14:30:00Z

A stretch bounds what is compared; records before it are replayed to have the state that it begins with, all of them
unless --warm-up says how many. Exit code 1 when something differs.`,
  options: {
    from: { type: 'string', placeholder: 'log|table', description: 'where to read; log by default' },
    partition: { type: 'string', placeholder: 'P', description: 'this partition only' },
    offsets: {
      type: 'string',
      placeholder: 'A..B',
      description: 'outputs of records from A up to but not B, of --partition',
    },
    since: { type: 'string', placeholder: 'TIME', description: 'outputs of records that came in then or later' },
    until: { type: 'string', placeholder: 'TIME', description: 'and before then' },
    'warm-up': { type: 'string', placeholder: 'N', description: 'replay at most N offsets before those of --offsets' },
    show: {
      type: 'string',
      placeholder: 'N',
      description: `differences listed of each kind; ${LISTED_DEFAULT} by default, with --json ${LISTED_MAX}`,
    },
    json: { type: 'boolean', description: 'as a JSON object' },
  },
  settings: [logSettings, lakeSettings, decoderSettings, calendarSettings, streamSettings, sqlSettings],
  async run(context, args) {
    const asked = askedOf(args)
    const given = context.settings.of(streamSettings)
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const calendars = calendarsOf(context.settings.of(calendarSettings))
    const settings = { ...streamConfig(given, { decoder, calendars }), rules: given.ALERT_RULES }
    const progress = progressLine(context.stderr)
    const onProgress = (text: string) => progress.show(text)
    const report = await check(context, { ...asked, settings, onProgress }).finally(() => progress.end())
    const isJson = args.values.json === true
    const width = terminalWidth(context.stdout)
    context.stdout.write(isJson ? jsonText(report) : displayLines(reportText(report, width)))
    const count = differencesIn(report.counts)
    if (count > 0) throw new PlatformError('REPLAY_DIFFERS', counted(count, 'difference'))
  },
}

async function check(
  context: CommandContext,
  { from, ...asked }: Omit<ReplayCheck, 'log'> & Pick<Asked, 'from'>,
): Promise<ReplayReport> {
  if (from === 'table') return checkReplay(context, { ...asked, log: null })
  const { withLog } = await import('#services/platform/service_lifetime')
  return withLog({ ...context, openLog: context.readLog }, async ({ log }) => {
    await requireTopics(log, liveTopicsOf(asked.settings.barIntervalMs))
    return checkReplay(context, { ...asked, log })
  })
}

interface Asked {
  readonly from: 'log' | 'table'
  readonly partition: number | null
  readonly stretch: Stretch
  readonly warmUp: number | null
  readonly listedMax: number
}

function askedOf({ values }: CommandArguments): Asked {
  const from = values.from ?? 'log'
  if (from !== 'log' && from !== 'table') throw wrongUse(`--from takes log or table, not ${JSON.stringify(from)}`)
  const partition = numberOf(values.partition, '--partition')
  const warmUp = numberOf(values['warm-up'], '--warm-up')
  if (values.offsets !== undefined && partition === null)
    throw wrongUse('--offsets are of one partition: name --partition')
  if (warmUp !== null && values.offsets === undefined) throw wrongUse('--warm-up goes with --offsets')
  const listedMax = numberOf(values.show, '--show') ?? (values.json === true ? LISTED_MAX : LISTED_DEFAULT)
  if (listedMax > LISTED_MAX) throw wrongUse(`--show takes at most ${LISTED_MAX}`)
  return { from, partition, stretch: stretchOf(values), warmUp, listedMax }
}

function stretchOf({ offsets, since, until }: CommandArguments['values']): Stretch {
  const [from, to] = offsets === undefined ? [WHOLE.from, WHOLE.to] : offsetsOf(String(offsets))
  const times = { since: timeOf(since, '--since') ?? WHOLE.since, until: timeOf(until, '--until') ?? WHOLE.until }
  if (from >= to || times.since >= times.until)
    throw wrongUse('the stretch is empty: its end must come after its start')
  return { from, to, ...times }
}

const OFFSETS = /^(\d{0,15})\.\.(\d{0,15})$/

function offsetsOf(word: string): [number, number] {
  const match = OFFSETS.exec(word)
  if (match === null) throw wrongUse(`--offsets takes A..B, A.. or ..B, not ${JSON.stringify(word)}`)
  return [Number(match[1] ?? ''), match[2] === '' ? WHOLE.to : Number(match[2])]
}

function timeOf(word: unknown, option: string): number | null {
  if (word === undefined) return null
  const time = parseIsoInstant(String(word))
  if (!Number.isNaN(time)) return time
  throw wrongUse(`${option} takes a time with a zone, like 2026-11-21T14:30:00Z, not ${JSON.stringify(word)}`)
}

function numberOf(word: unknown, option: string): number | null {
  if (word === undefined) return null
  if (typeof word === 'string' && /^\d{1,15}$/.test(word)) return Number(word)
  throw wrongUse(`${option} takes a number, not ${JSON.stringify(word)}`)
}

function wrongUse(message: string): PlatformError {
  return new PlatformError('USAGE', message)
}
