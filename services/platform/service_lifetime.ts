// What is open for as long as a service runs: the log, the health server, the watch over its data, and the claim of the
// one producer. Loaded when a service runs, so that `sql` need not wait for it.

import { claimProducer } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { lagMetrics, transactionMetrics } from '#log/log_metrics'
import type { Health, HealthAddress } from '#runtime/health'
import { type DataWatch, dataWatch } from '#services/platform/data_watch'
import { prepareDataDir } from '#services/platform/open'
import { embeddedLogFile, embeddedLogFolder } from '#services/platform/places'
import type { ServiceContext } from '#services/platform/service'
import { logSettings, metricsSettings } from '#services/platform/settings'

/** Runs work with the log opened, and closed afterwards. */
export async function withLog<T>(
  { openLog, signal }: Pick<ServiceContext, 'openLog' | 'signal'>,
  work: (parts: { log: EventLog; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const log = await openLog()
  try {
    return await work({ log, signal })
  } finally {
    await log.close()
  }
}

/** What a service does with its log opened. */
type ServiceWork<T> = (parts: { log: EventLog; health: Health | undefined; signal: AbortSignal }) => Promise<T>

/** What a service does with data. */
interface ServiceData {
  /** The lake's place, if it has to do with that. */
  readonly lake?: string
  /** It only reads, so DATA_DIR must be there. */
  readonly reads?: boolean
}

/**
 * The same for a service: the health server is up when METRICS_PORT asks for it, and the service ends when the data
 * that it stands on is gone, the lake's too when its place is given.
 */
export async function withService<T>(
  context: ServiceContext,
  work: ServiceWork<T>,
  { lake, reads = false }: ServiceData = {},
): Promise<T> {
  const settings = context.settings.of(logSettings)
  if (!reads) await prepareDataDir(settings)
  const data = dataWatch(context, { log: embeddedLogFile(settings), lake })
  return watched(context, data, (health) =>
    withLog(context, async ({ log }) => {
      health?.show(transactionMetrics(log))
      health?.show(lagMetrics(log, context.clock))
      await data.begin()
      return work({ log, health, signal: data.signal })
    }),
  )
}

/** The same for a service that has nothing to do with the log. */
export async function withHealth<T>(
  context: ServiceContext,
  work: (parts: { health: Health | undefined; signal: AbortSignal }) => Promise<T>,
  { lake }: Pick<ServiceData, 'lake'> = {},
): Promise<T> {
  const data = dataWatch(context, { log: undefined, lake })
  return watched(context, data, async (health) => {
    await data.begin()
    return work({ health, signal: data.signal })
  })
}

async function watched<T>(
  context: ServiceContext,
  data: DataWatch,
  work: (health: Health | undefined) => Promise<T>,
): Promise<T> {
  const { METRICS_PORT: port, METRICS_HOST: host } = context.settings.of(metricsSettings)
  const health = port === undefined ? undefined : await openHealth({ port, host })
  if (health !== undefined) {
    context.logger.info({ host, port: health.port }, `metrics are served on ${host}, port ${health.port}`)
  }
  try {
    return await data.whileThere(work(health))
  } finally {
    data.end()
    await health?.close()
  }
}

/** Loaded for those who ask for it: Prometheus's client takes a tenth of a start. */
async function openHealth(address: HealthAddress): Promise<Health> {
  const { startHealth } = await import('#runtime/health')
  return startHealth(address)
}

/** Runs work that feeds the log from a source; the embedded log takes one of these. Throws LOG_IN_USE. */
export async function asOnlyProducer<T>(context: ServiceContext, command: string, work: () => Promise<T>): Promise<T> {
  const settings = context.settings.of(logSettings)
  const folder = embeddedLogFolder(settings)
  if (folder === undefined) return work()
  await prepareDataDir(settings)
  const claim = claimProducer(folder, { command, clock: context.clock })
  try {
    return await work()
  } finally {
    claim.release()
  }
}
