// The option --drain of the services: its words, and what is printed of a drain.

import { PlatformError } from '#runtime/errors'
import type { Counters } from '#runtime/metrics'
import type { CommandArguments, CommandContext, CommandOption } from '#services/cli/command'
import { jsonText } from '#services/cli/print/json_text'
import { type DrainResult, drainService } from '#services/platform/drain'
import type { DrainableService, ServiceParts } from '#services/platform/service'
import { summaryLine } from '#services/platform/summary'

/** The option that asks for the summary as data. */
export const DRAIN_JSON: CommandOption = { type: 'boolean', description: 'with --drain: the summary as a JSON object' }

/** A drain's stdout is its summary, as a query's is its rows. */
export function givesSummary({ values }: CommandArguments): boolean {
  return values.drain === true
}

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

/** How a command was called, and what its service runs on. */
export interface ServiceCall {
  readonly context: CommandContext
  readonly args: CommandArguments
  readonly parts: ServiceParts
}

/** Runs a service until it is stopped, or with --drain to the end of the log; says what it did. Throws STOPPED. */
export async function runOrDrain<C extends Counters>(
  service: DrainableService<C>,
  { context, args, parts }: ServiceCall,
): Promise<void> {
  if (args.values.drain !== true) {
    const counters: Counters = await service.run(parts)
    return context.logger.info(counters, `the ${service.name} has ended: ${summaryLine(counters)}`)
  }
  const result = await drainService(service, parts)
  const { name, counters, partitions } = result
  context.stdout.write(args.values.json === true ? jsonText({ [name]: counters, partitions }) : drainLine(result))
}

/** `stream    read 10, valid 10, placed 10, bars 2`, with the line end. */
export function drainLine({ name, counters, partitions: { taken, leftToOthers: left } }: DrainResult): string {
  const others = left === 0 ? '' : ` (${left} of ${taken + left} partitions are left to other members of the group)`
  return `${name.padEnd(9)} ${summaryLine(counters)}${others}\n`
}
