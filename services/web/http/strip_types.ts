// TypeScript to JavaScript: types become blanks, so lines and columns stay what they are in the source. Done in a child
// process, see strip_types_child.ts.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { STRIP_TYPES_TIMEOUT_MS } from '#services/web/limits'

const CHILD = fileURLToPath(new URL('./strip_types_child.ts', import.meta.url))

/** The sources without their types, by path. Throws when one of them is no TypeScript that can be stripped. */
export async function stripTypes(sources: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const child = fork(CHILD, {
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: STRIP_TYPES_TIMEOUT_MS,
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1000)
  })
  return new Promise((resolve, reject) => {
    child.once('message', (stripped) => resolve(stripped as Record<string, string>))
    child.once('error', reject)
    child.once('close', (code, signal) =>
      reject(new Error(`no JavaScript was made of the page: ${code ?? signal} ${said}`)),
    )
    child.send(sources, (error) => error !== null && child.kill())
  })
}
