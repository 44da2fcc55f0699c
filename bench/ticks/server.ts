// Plays Yahoo's streamer at a steady rate: called with BENCH_RATE, ticks a second, in the environment. It prints its
// URL, and goes on until it is stopped.

import { startYahooServer } from '#support/yahoo/yahoo_server'
import { tickOf } from './market.ts'

const ratePerSecond = Number(process.env.BENCH_RATE)
const EVERY_MS = 20
const server = await startYahooServer()
process.stdout.write(`${server.url}\n`)
let sent = 0
const startedAt = performance.now()
let symbols: readonly string[] = []
setInterval(() => {
  if (symbols.length < server.streamer.followed.size) symbols = [...server.streamer.followed]
  const due = Math.floor(((performance.now() - startedAt) / 1_000) * ratePerSecond)
  const now = Date.now()
  for (; sent < due; sent++) {
    const symbol = symbols[sent % Math.max(1, symbols.length)]
    if (symbol !== undefined) server.streamer.send(tickOf(symbol, Math.floor(sent / symbols.length), now))
  }
}, EVERY_MS)
