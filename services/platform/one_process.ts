// Producer, stream and writer in one process: beside one another until they are stopped, or one after the other to the
// end of what there is. The page may run beside them, and is nothing that they wait for.

import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import { type DrainResult, drainService } from '#services/platform/drain'
import type { DrainableService, Service, ServiceParts } from '#services/platform/service'
import type { ProducerSummary } from '#services/producer/producer'
import type { StreamCounters } from '#services/stream/outputs'
import type { WriterCounters } from '#services/writer/counters'

/** All of them, not yet running. */
export interface AllServices {
  readonly producer: Service<ProducerSummary>
  readonly stream: DrainableService<StreamCounters>
  readonly writer: DrainableService<WriterCounters>
  /** Never rejects. */
  readonly web: Service<void>
}

/**
 * Runs until the signal aborts or one service fails: then the others are ended in good order, and its failure is
 * thrown. A source that ends leaves the others running.
 */
export async function runTogether({ producer, stream, writer, web }: AllServices, parts: ServiceParts): Promise<void> {
  const failed = new AbortController()
  const shared = { ...parts, signal: AbortSignal.any([parts.signal, failed.signal]) }
  const serving = web({ ...shared, health: undefined })
  const runs = [producer, stream.run, writer.run].map(async (service) => {
    try {
      await service(shared)
    } catch (error) {
      failed.abort()
      throw error
    }
  })
  const results = await Promise.allSettled(runs)
  failed.abort()
  await serving
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

/** What a drain of all three came to. */
export interface AllDrained {
  readonly producer: Pick<ProducerSummary, 'sent' | 'durationMs'>
  readonly stream: DrainResult
  readonly writer: DrainResult
}

/**
 * One after the other: each step's input is whole before it begins, and one process has one processor to give anyway.
 * Throws STOPPED.
 */
export async function drainInTurn(services: AllServices, parts: ServiceParts): Promise<AllDrained> {
  const { sent, durationMs } = await services.producer(parts)
  if (parts.signal.aborted) {
    const what = `stopped before the end of the source: ${counted(sent, 'record')} sent`
    throw new PlatformError('STOPPED', `${what}; the same command goes on from there`)
  }
  const stream = await drainService(services.stream, parts)
  const writer = await drainService(services.writer, parts)
  return { producer: { sent, durationMs }, stream, writer }
}
