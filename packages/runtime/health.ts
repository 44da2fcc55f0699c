// The service's face to an orchestrator: /livez (the process turns), /readyz (its start-up checks have passed) and
// /metrics (Prometheus text). Only where METRICS_PORT asks for it.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { PlatformError } from '#runtime/errors'

/** Numbers that only grow, by name in camelCase; groups one level deep, e.g. rejected by reason. */
export interface Counters {
  readonly [name: string]: number | Readonly<Record<string, number>>
}

/** A running health server. */
export interface Health {
  /** The port that was bound; differs from the asked one when that was 0. */
  readonly port: number
  /** From now on /readyz answers 200. */
  ready(): void
  /** Shows the counters as `tickerlake_<service>_<name>_total`, read whenever /metrics is asked for. */
  show(service: string, read: () => Counters): void
  close(): Promise<void>
}

/** Starts the server on all interfaces. Throws CONFIG_INVALID when the port is taken. */
export async function startHealth(port: number): Promise<Health> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'tickerlake_' })
  let isReady = false
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    if (request.url === '/livez') return answer(200, 'alive\n')
    if (request.url === '/readyz') return isReady ? answer(200, 'ready\n') : answer(503, 'starting\n')
    if (request.url === '/metrics') return answer(200, await registry.metrics(), registry.contentType)
    return answer(404, 'try /livez, /readyz or /metrics\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portTaken(port, cause)))
    server.listen(port, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    ready: () => {
      isReady = true
    },
    show: (service, read) => showCounters(registry, service, read),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function showCounters(registry: Registry, service: string, read: () => Counters): void {
  for (const [name, first] of Object.entries(read())) {
    const grouped = typeof first !== 'number'
    new Counter({
      name: `tickerlake_${service}_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`,
      help: `${service}: ${name}`,
      labelNames: grouped ? ['kind'] : [],
      registers: [registry],
      collect() {
        const value = read()[name]
        this.reset()
        if (typeof value === 'number') this.inc(value)
        else for (const [kind, count] of Object.entries(value ?? {})) this.inc({ kind }, count)
      },
    })
  }
}

function portTaken(port: number, cause: Error): PlatformError {
  return new PlatformError('CONFIG_INVALID', `METRICS_PORT ${port} cannot be used: ${cause.message}`, { cause })
}
