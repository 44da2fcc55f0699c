// `tickerlake redrive`: lists dead letters by reason, and publishes chosen ones again, each at most once. The work is
// done in services/redrive.

import { DEAD_LETTER_REASONS, type DeadLetterReason } from '#market/dead_letter'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { counted, grouped } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { alignedText } from '#services/cli/print/aligned_text'
import { jsonText } from '#services/cli/print/json_text'
import { progressLine } from '#services/cli/print/progress_line'
import { terminalWidth } from '#services/cli/print/terminal'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { logSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'
import { type Choice, chooseLetters, type LetterPlace } from '#services/redrive/choice'
import { letterDecoder, type RedriveParts, redriveLetters, survey } from '#services/redrive/redrive'
import { countIn, type ReasonLetters, type Survey } from '#services/redrive/survey'

/** Lists, or publishes again. */
export const redriveCommand: Command = {
  name: 'redrive',
  usage: '[--reason REASON]... [--offset PARTITION:OFFSET]... [--limit N] [--publish] [--json]',
  details: `Without a choice: how many dead letters of each reason there are, and how many of them were redriven.
With one, it says what would be published again; with --publish it is: key, value and headers as they were, in
stock-prices, where they count as new records. A letter is redriven at most once, whatever is killed and however many
redrives there are; a record that is refused again becomes a letter of its own, with the next attempt.
Places are those of the letters themselves: source_partition:source_offset in the table dead_letters.

    tickerlake redrive --reason timestamp_in_future --publish`,
  options: {
    reason: { type: 'string', multiple: true, placeholder: 'REASON', description: 'letters of this reason' },
    offset: {
      type: 'string',
      multiple: true,
      placeholder: 'PARTITION:OFFSET',
      description: 'the letter at this place',
    },
    limit: {
      type: 'string',
      placeholder: 'N',
      description: 'at most so many; the oldest of each partition come first',
    },
    publish: { type: 'boolean', description: 'publish what is chosen' },
    json: { type: 'boolean', description: 'as a JSON object' },
  },
  settings: [logSettings, decoderSettings],
  async run(context, args) {
    const choice = choiceOf(args)
    const decoder = letterDecoder(decoderOf(context.settings.of(decoderSettings)))
    const { withLog } = await import('#services/platform/service_lifetime')
    const progress = progressLine(context.stderr)
    const { readLog, openLog } = context
    const quiet = { ...context, openLog: args.values.publish === true ? () => openLog(silentLogger) : readLog }
    const text = await withLog(quiet, async ({ log, signal }) => {
      await requireTopics(log, [PRICES_TOPIC, DEAD_LETTERS_TOPIC])
      const { clock, newId } = context
      const parts = { log, clock, newId, decoder, signal, onProgress: (words: string) => progress.show(words) }
      return choice === null ? list(context, args, await survey(parts)) : redrive(parts, { choice, args })
    }).finally(() => progress.end())
    context.stdout.write(text)
  },
}

const NUMBER = /^\d{1,15}$/

function choiceOf({ values }: CommandArguments): Choice | null {
  const reasons = words(values.reason).map(reasonOf)
  const places = words(values.offset).map(placeOf)
  const limit = limitOf(values.limit)
  if (reasons.length > 0 || places.length > 0) return { reasons, places, limit }
  if (values.publish === true || values.limit !== undefined) {
    throw wrongUse('name what to publish again: --reason REASON or --offset PARTITION:OFFSET')
  }
  return null
}

function words(value: unknown): readonly string[] {
  return (value ?? []) as readonly string[]
}

function reasonOf(word: string): DeadLetterReason {
  const reason = DEAD_LETTER_REASONS.find((each) => each === word)
  if (reason !== undefined) return reason
  throw wrongUse(`there is no reason ${JSON.stringify(word)}; there are: ${DEAD_LETTER_REASONS.join(', ')}`)
}

function placeOf(word: string): LetterPlace {
  const [partition = '', offset = '', ...more] = word.split(':')
  if (NUMBER.test(partition) && NUMBER.test(offset) && more.length === 0) {
    return { partition: Number(partition), offset: Number(offset) }
  }
  throw wrongUse(`--offset takes PARTITION:OFFSET, for instance 3:1042, not ${JSON.stringify(word)}`)
}

function limitOf(word: unknown): number {
  if (word === undefined) return Number.POSITIVE_INFINITY
  if (typeof word === 'string' && NUMBER.test(word) && Number(word) > 0) return Number(word)
  throw wrongUse(`--limit takes a number from 1, not ${JSON.stringify(word)}`)
}

function wrongUse(message: string): PlatformError {
  return new PlatformError('USAGE', message)
}

function list(context: CommandContext, { values }: CommandArguments, found: Survey): string {
  const reasons = [...found.reasons.values()].map((letters) => described(letters, found))
  reasons.sort((a, b) => b.letters - a.letters)
  if (values.json === true) return jsonText({ reasons, unreadable: found.unreadable })
  const foreign =
    found.unreadable > 0
      ? `(${counted(found.unreadable, 'record')} ${found.unreadable === 1 ? 'is' : 'are'} not ours)\n`
      : ''
  if (reasons.length === 0) return `there are no dead letters\n${foreign}`
  const rows = reasons.map(({ sample, ...facts }) => ({ ...facts, newest: `${sample.place} ${sample.detail}` }))
  return alignedText(rows, terminalWidth(context.stdout)) + foreign
}

function described({ reason, offsets, count, first, last, sample }: ReasonLetters, { parts, redriven }: Survey) {
  const done = parts.reduce((sum, { partition, end }) => {
    return sum + countIn(offsets.of(partition), redriven.of(partition), end)
  }, 0)
  const { partition, offset, detail, attempt } = sample
  return {
    reason,
    letters: count,
    redriven: done,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
    sample: { place: `${partition}:${offset}`, attempt, detail },
  }
}

async function redrive(
  parts: RedriveParts,
  { choice, args }: { readonly choice: Choice; readonly args: CommandArguments },
): Promise<string> {
  const found = await survey(parts)
  const chosen = chooseLetters(found, choice)
  const dryRun = args.values.publish !== true
  const done = dryRun ? { published: 0, byOthers: 0 } : await redriveLetters(parts, { found, chosen })
  const { count, byReason, before } = chosen
  const report = { dryRun, chosen: count, byReason, before, ...done }
  return args.values.json === true ? jsonText(report) : reportText(report)
}

interface Report {
  readonly dryRun: boolean
  readonly chosen: number
  readonly byReason: Readonly<Record<string, number>>
  readonly before: number
  readonly published: number
  readonly byOthers: number
}

function reportText({ dryRun, chosen, byReason, before, published, byOthers }: Report): string {
  const reasons = Object.entries(byReason).map(([reason, count]) => `${reason} ${grouped(count)}`)
  const kinds = reasons.length > 0 ? ` (${reasons.join(', ')})` : ''
  const fact = dryRun
    ? `${counted(chosen, 'dead letter')} can be published again${kinds}`
    : `${grouped(published)} of ${grouped(chosen)} chosen dead letters were published again${kinds}`
  const lines = [
    fact,
    ...(byOthers > 0 ? [`${grouped(byOthers)} were published by another redrive meanwhile`] : []),
    ...(before > 0 ? [`${grouped(before)} more were redriven before`] : []),
    ...(dryRun && chosen > 0 ? ['nothing was published; run again with --publish to publish them'] : []),
  ]
  return `${lines.join('\n')}\n`
}
