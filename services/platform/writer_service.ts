// The writer as `write` and `start` run it: its settings read and checked, its parts opened, its counters shown.

import { tablesOf } from '#lake/tables'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import type { ObjectStore } from '#object-store/object_store'
import { barSettings } from '#services/bar_settings'
import type { DrainableService, Service, ServiceContext } from '#services/platform/service'
import { writerConfig, writerSettings } from '#services/writer/config'
import { newCounters, type WriterCounters } from '#services/writer/counters'
import { runWriter } from '#services/writer/writer'
import { tableMetrics, type WatchedTable, writerMetrics } from '#services/writer/writer_metrics'

/** The writer into the lake. */
export function writerService(
  context: ServiceContext,
  { lake, decoder }: { readonly lake: ObjectStore; readonly decoder: InPlaceDecoder },
): DrainableService<WriterCounters> {
  const config = writerConfig(context.settings.of(writerSettings))
  const specs = tablesOf([context.settings.of(barSettings).BAR_INTERVAL_MS])
  const { clock, random, newId, logger } = context
  const run: Service<WriterCounters> = ({ log, signal, health, bounded = false, onPartition = () => {} }) => {
    const counters = newCounters(specs)
    health?.show(writerMetrics(counters))
    const onReady = (tables: readonly WatchedTable[]) => {
      health?.show(tableMetrics(tables, clock))
      health?.ready()
    }
    const parts = { log, store: lake, config, specs, decoder, clock, random, newId, logger }
    return runWriter({ ...parts, counters, signal, bounded, onReady, onPartition })
  }
  return { name: 'writer', topics: specs.map((spec) => spec.topic), run }
}
