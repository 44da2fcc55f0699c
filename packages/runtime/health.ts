// The service's face to an orchestrator: /livez (the event loop turns), /readyz (its start-up checks have passed) and
// /metrics (Prometheus text). Only where METRICS_PORT asks for it.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { PlatformError } from '#runtime/errors'
import type { MetricFamily, MetricSource, Sample } from '#runtime/metrics'

/** What a source may take to be read; a scraper waits ten seconds for all. */
const READ_WAIT_MS = 3_000

const PREFIX = 'tickerlake_'

/** A running health server. */
export interface Health {
  /** The port that was bound; differs from the asked one when that was 0. */
  readonly port: number
  /** From now on /readyz answers 200. */
  ready(): void
  /** Shows the source's families as `tickerlake_<name>`, read whenever /metrics is asked for. */
  show(source: MetricSource): void
  close(): Promise<void>
}

/** Where the server listens: METRICS_PORT and METRICS_HOST. Port 0 is any free one. */
export interface HealthAddress {
  readonly port: number
  readonly host: string
}

/** Starts the server. Throws CONFIG_INVALID when it cannot listen there. */
export async function startHealth(address: HealthAddress): Promise<Health> {
  const registry = new Registry()
  // Memory, processor time, garbage collection, and how late the event loop is (nodejs_eventloop_lag_...).
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const shown: ShownSource[] = []
  let isReady = false
  const server = createServer(
    pages({
      '/livez': async () => ({ status: 200, body: 'alive\n' }),
      '/readyz': async () => (isReady ? { status: 200, body: 'ready\n' } : { status: 503, body: 'starting\n' }),
      '/metrics': async () => {
        await Promise.all(shown.map((source) => source.refresh()))
        return { status: 200, body: await registry.metrics(), type: registry.contentType }
      },
    }),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(address, cause)))
    server.listen(address, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    ready: () => {
      isReady = true
    },
    show: (source) => void shown.push(new ShownSource(source, registry)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Page {
  readonly status: number
  readonly body: string
  readonly type?: string
}

function pages(known: Readonly<Record<string, () => Promise<Page>>>): RequestListener {
  const elsewhere = async (): Promise<Page> => ({ status: 404, body: 'try /livez, /readyz or /metrics\n' })
  return async (request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const { status, body, type = 'text/plain' } = await (known[path] ?? elsewhere)()
    response.writeHead(status, { 'content-type': type }).end(body)
  }
}

/** A source with its families in the registry. */
class ShownSource {
  readonly #source: MetricSource
  readonly #metrics: ReadonlyMap<string, Counter | Gauge>

  constructor(source: MetricSource, registry: Registry) {
    this.#source = source
    this.#metrics = new Map(source.families.map((family) => [family.name, register(family, registry)]))
  }

  /** Reads the source anew; never rejects. */
  async refresh(): Promise<void> {
    const samples = await this.#read().catch((): readonly Sample[] => [])
    for (const metric of this.#metrics.values()) metric.reset()
    for (const { name, labels, value } of samples) this.#metrics.get(name)?.inc(labels, value)
  }

  async #read(): Promise<readonly Sample[]> {
    const waiting = new AbortController()
    const late = sleep(READ_WAIT_MS, [], { signal: waiting.signal, ref: false }).catch(() => [])
    try {
      return await Promise.race([this.#source.read(), late])
    } finally {
      waiting.abort()
    }
  }
}

function register({ name, help, kind, labels }: MetricFamily, registry: Registry): Counter | Gauge {
  const options = { name: `${PREFIX}${name}`, help, labelNames: [...labels], registers: [registry] }
  return kind === 'counter' ? new Counter(options) : new Gauge(options)
}

function cannotListen({ port, host }: HealthAddress, cause: NodeJS.ErrnoException): PlatformError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `METRICS_PORT ${port} is in use on ${host}: choose another port, or stop the process that has it`,
    EACCES: `METRICS_PORT ${port} may not be used by this user: choose one from 1024`,
    EADDRNOTAVAIL: `METRICS_HOST ${host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all of them`,
    ENOTFOUND: `METRICS_HOST ${host} is a name that nobody knows: use an address such as 127.0.0.1`,
  }
  const message = reasons[cause.code ?? ''] ?? `metrics cannot be served on ${host}, port ${port}: ${cause.message}`
  return new PlatformError('CONFIG_INVALID', message, { cause })
}
