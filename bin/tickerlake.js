#!/usr/bin/env node
// The launcher: plain JavaScript, so that any Node can read it. It finds a Node that runs TypeScript (24 or later) and hands
// over: the one that runs it already, or the pinned one that `npm ci` has put beside the other packages.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 24
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
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

/** Same terminal, same signals, same exit code. */
function handOver(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
}
