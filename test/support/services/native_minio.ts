// MinIO without Docker: built by `go install`, kept in the cache, one server of our own for the run.
// Builds only when TEST_INSTALL_SERVICES=1 asks for it; otherwise says how to ask.

import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '#runtime/settings'
import type { S3Address } from '#support/services/addresses'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { type RunningService, unavailable, type WayOutcome } from '#support/services/find_service'
import { startLeashed } from '#support/services/leash'
import { runProgram, works } from '#support/services/program'
import { freePort, waitForPage } from '#support/services/reach'

const MINIO_DATE = '2026-02-12'
const MINIO_MODULE = 'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c'
const BUILD_TIMEOUT_MS = 20 * 60_000
const START_ATTEMPTS_MAX = 300

/** Starts a MinIO of its own on loopback, with credentials made for the run. */
export async function nativeMinio(env: Env, say: (line: string) => void): Promise<WayOutcome<S3Address>> {
  if (process.platform === 'win32') return unavailable('native MinIO needs a POSIX shell')
  const folder = cacheFolder(env, `minio-${MINIO_DATE}`)
  if (!(await isThere(folder))) {
    const refusal = await build(folder, env, say)
    if (refusal !== undefined) return unavailable(refusal)
  }
  return { kind: 'running', service: await start(join(folder, 'minio'), env) }
}

async function build(folder: string, env: Env, say: (line: string) => void): Promise<string | undefined> {
  const ask = 'set TEST_INSTALL_SERVICES=1 once to let Go build it, some minutes, into the cache folder'
  if (!(await works('go', ['version'], env))) return 'native MinIO needs go to build it'
  if (env.TEST_INSTALL_SERVICES !== '1') return `native MinIO is not installed yet: ${ask}`
  say(`MinIO ${MINIO_DATE}: building it by go install, once; this takes some minutes`)
  await fillCache(folder, async (temporary) => {
    const goEnv = { ...env, GOBIN: temporary, CGO_ENABLED: '0' }
    await runProgram('go', ['install', MINIO_MODULE], { env: goEnv, timeoutMs: BUILD_TIMEOUT_MS })
  })
  return undefined
}

async function start(program: string, env: Env): Promise<RunningService<S3Address>> {
  const folder = await mkdtemp(join(tmpdir(), 'tickerlake-minio-'))
  const port = await freePort()
  const credentials = newCredentials()
  const args = ['server', folder, '--address', `127.0.0.1:${port}`, '--quiet']
  const server = startLeashed({ command: program, args, folder, env: { ...env, ...minioEnvironment(credentials) } })
  const endpoint = `http://127.0.0.1:${port}`
  try {
    const died = server.finished().then(() => Promise.reject(new Error('MinIO ended at once')))
    await Promise.race([waitForPage(`${endpoint}/minio/health/ready`, START_ATTEMPTS_MAX), died])
  } catch (error) {
    await server.stop()
    throw error
  }
  const address = { endpoint, ...credentials, region: 'us-east-1' }
  return { address, label: `MinIO native ${MINIO_DATE}`, stop: () => server.stop() }
}

/** Credentials that nobody knows beforehand. */
export function newCredentials(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  return { accessKeyId: `test-${randomUUID().slice(0, 8)}`, secretAccessKey: randomUUID() }
}

/** The settings of a MinIO server for those credentials, without its console and without calls to its makers. */
export function minioEnvironment(credentials: {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}): Record<string, string> {
  return {
    MINIO_ROOT_USER: credentials.accessKeyId,
    MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
  }
}
