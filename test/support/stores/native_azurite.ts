// Azurite, Azure's own emulator of its storage, without Docker: an npm package, kept in the cache, one server of our
// own for the run. It is not among our own packages, since it brings more of them than all of ours.
// Installs only when TEST_INSTALL_SERVICES=1 asks for it; otherwise says how to ask.

import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '#runtime/settings'
import type { AzureAddress } from '#support/services/addresses'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { type RunningService, unavailable, type WayOutcome } from '#support/services/find_service'
import { startLeashed } from '#support/services/leash'
import { runProgram } from '#support/services/program'
import { freePort } from '#support/services/reach'

/** What `npm ci` installs from. */
const PACKAGES = join(import.meta.dirname, '..', 'azurite')
/** The account that clients of emulators expect. */
export const AZURITE_ACCOUNT = 'devstoreaccount1'
const INSTALL_TIMEOUT_MS = 10 * 60_000
const START_TIMEOUT_MS = 60_000

/** Starts an Azurite of its own on loopback, with a key made for the run. */
export async function nativeAzurite(env: Env, say: (line: string) => void): Promise<WayOutcome<AzureAddress>> {
  if (process.platform === 'win32') return unavailable('native Azurite needs a POSIX shell')
  const version = await azuriteVersion()
  const folder = cacheFolder(env, `azurite-${version}`)
  if (!(await isThere(folder))) {
    if (env.TEST_INSTALL_SERVICES !== '1') {
      return unavailable('native Azurite is not installed yet: set TEST_INSTALL_SERVICES=1 once to let npm fetch it')
    }
    say(`Azurite ${version}: installing it by npm, once`)
    await install(folder, env)
  }
  return { kind: 'running', service: await start({ folder, version, env }) }
}

/** The version that the tests run with. */
export async function azuriteVersion(): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(PACKAGES, 'package.json'), 'utf8'))
  return dependencies.azurite
}

function install(folder: string, env: Env): Promise<void> {
  return fillCache(folder, async (temporary) => {
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(join(PACKAGES, name), join(temporary, name))
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    await runProgram('npm', args, { env, cwd: temporary, timeoutMs: INSTALL_TIMEOUT_MS })
  })
}

async function start(options: {
  readonly folder: string
  readonly version: string
  readonly env: Env
}): Promise<RunningService<AzureAddress>> {
  const { folder, version, env } = options
  const data = await mkdtemp(join(tmpdir(), 'tickerlake-azurite-'))
  const port = await freePort()
  const key = newAzureKey()
  const program = join(folder, 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js')
  const args = [program, '--blobPort', String(port), '--location', data, ...AZURITE_OPTIONS]
  const accounts = { AZURITE_ACCOUNTS: `${AZURITE_ACCOUNT}:${key}` }
  const server = startLeashed({ command: process.execPath, args, folder: data, env: { ...env, ...accounts } })
  try {
    await server.waitForLine(/successfully listens on/, START_TIMEOUT_MS)
  } catch (error) {
    await server.stop()
    throw error
  }
  const endpoint = `http://127.0.0.1:${port}/${AZURITE_ACCOUNT}`
  const address = { endpoint, account: AZURITE_ACCOUNT, key }
  return { address, label: `Azurite native ${version}`, stop: () => server.stop() }
}

/** Our SDK speaks a newer version of the API than Azurite knows by name. It calls its makers unless told not to. */
export const AZURITE_OPTIONS = ['--silent', '--skipApiVersionCheck', '--disableTelemetry'] as const

/** A key that nobody knows beforehand. */
export function newAzureKey(): string {
  return randomBytes(64).toString('base64')
}
