// A drain: a service takes what the log holds to its end, commits, says what it did in one line of stdout, and ends.

import type { TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import type { Counters } from '#runtime/metrics'
import type { CommandArguments, CommandContext, CommandOption } from '#services/cli/command'
import { jsonText } from '#services/cli/json_text'
import { NOTHING_TO_DO, summaryLine } from '#services/cli/summary'
import type { Service, ServiceParts } from '#services/platform/running'

/** The service of a drain. */
export interface DrainedService<C extends Counters> {
  readonly name: 'stream' | 'writer'
  /** What it reads. */
  readonly topics: readonly string[]
  readonly run: Service<C>
}

/** What a drain came to. */
export interface DrainResult {
  readonly name: string
  readonly counters: Counters
  readonly partitions: {
    readonly taken: number
    /** Another member of the group has them, and takes them to their end or not. */
    readonly leftToOthers: number
  }
}

/** The option that asks for the summary as data. */
export const DRAIN_JSON: CommandOption = { type: 'boolean', description: 'with --drain: the summary as a JSON object' }

/** What the help says of a service that can be drained; `topics` names what it reads. */
export function drainDetails(topics: string, service: string): string {
  return `Several of these share the partitions of ${topics}. With --drain, partitions that another ${service}
holds are left to it, and the summary says how many. A drain that is stopped early fails; what it has done
is committed.`
}

/** Throws USAGE when --json asks for a summary that only a drain has. */
export function requireDrainForJson({ values }: CommandArguments): void {
  if (values.json === true && values.drain !== true) throw new PlatformError('USAGE', '--json goes with --drain')
}

/** The context of a drain: with --json stdout is that alone, so the lines for people are left out. */
export function drainContext(context: CommandContext, { values }: CommandArguments): CommandContext {
  return values.json === true ? { ...context, console: { print() {} } } : context
}

/** Runs a service to the end of the log. Throws STOPPED when the signal aborts before. */
export async function drainService<C extends Counters>(
  { name, topics, run }: DrainedService<C>,
  parts: ServiceParts,
): Promise<DrainResult> {
  const taken = new Set<string>()
  const onPartition = (at: TopicPartition) => void taken.add(partitionName(at))
  const counters = await run({ ...parts, bounded: true, onPartition })
  if (parts.signal.aborted) throw stoppedEarly(name, summaryLine(counters))
  const infos = await parts.log.describeTopics(topics)
  const total = infos.reduce((sum, info) => sum + info.partitions, 0)
  return { name, counters, partitions: { taken: taken.size, leftToOthers: Math.max(0, total - taken.size) } }
}

/** Prints a drain of one service. */
export function printDrain(context: CommandContext, { values }: CommandArguments, result: DrainResult): void {
  const { name, counters, partitions } = result
  context.stdout.write(values.json === true ? jsonText({ [name]: counters, partitions }) : `${drainLine(result)}\n`)
}

/** `stream    read 10, valid 10, placed 10, bars 2`. */
export function drainLine({ name, counters, partitions: { taken, leftToOthers: left } }: DrainResult): string {
  const others = left === 0 ? '' : ` (${left} of ${taken + left} partitions are left to other members of the group)`
  return `${name.padEnd(9)} ${summaryLine(counters)}${others}`
}

function stoppedEarly(name: string, summary: string): PlatformError {
  const done = summary === NOTHING_TO_DO ? 'nothing was done yet' : summary
  const message = `the ${name} was stopped before the end of the log: ${done}; the same command goes on from there`
  return new PlatformError('STOPPED', message)
}
