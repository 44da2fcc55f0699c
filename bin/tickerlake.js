#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-http-header-size=65536 --max-semi-space-size=8
// The launcher: plain JavaScript, so that any Node can read it. It finds a Node that runs TypeScript (24 or later) and
// hands over: the one that runs it already, or the pinned one that `npm ci` has put beside the other packages. The
// first line gives Node what the image gives it; without that `start` takes up to 100 MB more.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 24
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // Compiled code is kept, without its types: a start takes half the time. Where that folder cannot be written, Node
  // goes on without. It lies with the code, so whoever can change it can change the code too.
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'tickerlake'))
  const { main } = await import('../services/cli/main.ts')
  await main()
} else {
  handOver(pinnedNode())
}

function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const path = join(root, 'node_modules', '.bin', name)
  if (existsSync(path)) return path
  console.error(`tickerlake needs Node ${NODE_MAJOR_MIN}, this is ${process.version}: run \`npm ci\` in ${root} first`)
  process.exit(1)
}

/**
 * Same flags, same terminal, same exit code. A signal is passed on as a message, so that one which the terminal has
 * sent to both of us counts once; services/cli takes it. When we are killed the channel closes, and the other one ends
 * in good order too.
 */
function handOver(node) {
  const words = [...process.execArgv, ...process.argv.slice(1)]
  const child = spawn(node, words, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.connected && child.send({ signal }, () => {}))
  }
  child.on('error', (error) => {
    console.error(`tickerlake: ${node} cannot be run: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
