// A Spark with Delta: pyspark by pip, Delta's jars by Maven, both once into the user's cache. Spark's own way of
// fetching jars is not used, so a session of it reaches nothing.

import { copyFile, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from '#runtime/settings'
import { missing, type Python, pythonEnvironment } from '#support/engines/python'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { runProgram, works } from '#support/services/program'
import type { MissingService } from '#support/services/services'

/** The newest Spark that DELTA_VERSION is built for; matplotlib, with which notebooks draw. */
const REQUIREMENTS = ['pyspark==4.1.3', 'matplotlib==3.11.2']

/** The same as in spark/pom.xml. */
const DELTA_VERSION = '4.4.0'

const INSTALL_TIMEOUT_MS = 10 * 60_000

/** Where Spark is. */
export interface Spark {
  readonly python: Python
  /** Paths of the jars that a session needs. */
  readonly jars: readonly string[]
}

/** Spark with Delta, or why it is not there. Throws instead when TEST_REQUIRE_SERVICES=1. */
export async function sparkEnvironment(): Promise<Spark | MissingService> {
  const { env } = process
  const what = `Spark with Delta ${DELTA_VERSION}`
  if (!(await works('java', ['-version'], env))) return missing(what, 'it needs java 17 or newer')
  const python = await pythonEnvironment(REQUIREMENTS)
  if ('missing' in python) return python
  const folder = cacheFolder(env, `delta-spark-${DELTA_VERSION}`)
  if (!(await isThere(folder))) {
    if (env.TEST_INSTALL_SERVICES !== '1')
      return missing(what, 'set TEST_INSTALL_SERVICES=1 to let Maven fetch it once')
    try {
      await install(folder, env)
    } catch (error) {
      return missing(what, String(error))
    }
  }
  const libs = join(folder, 'libs')
  return { python, jars: (await readdir(libs)).map((name) => join(libs, name)) }
}

async function install(folder: string, env: Env): Promise<void> {
  await fillCache(folder, async (temporary) => {
    await copyFile(join(import.meta.dirname, 'spark/pom.xml'), join(temporary, 'pom.xml'))
    const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=fetched']
    await runProgram('mvn', goal, { env, cwd: temporary, timeoutMs: INSTALL_TIMEOUT_MS })
    await rename(join(temporary, 'fetched'), join(temporary, 'libs'))
  })
}
