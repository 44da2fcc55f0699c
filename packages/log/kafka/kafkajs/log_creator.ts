// kafkajs's own lines into our logger, with the level they deserve: it calls ERROR whatever it is about to retry, and
// what it gives up on reaches us as an exception that is reported once, by us. Source: its src, version 2.2.4.

import kafkajs, { type LogEntry } from 'kafkajs'
import type { Logger } from '#runtime/logger'

/** Parts of kafkajs whose errors are all retried by it or thrown to us. */
const THROWING_PARTS = ['BrokerPool', 'Cluster', 'Connection', 'Producer', 'SaslAuthenticator']

/** Errors and warnings of other parts that are retried, or thrown to us as well. Everything else stays a warning. */
const THROWN_OR_RETRIED = [
  /^Crash: /,
  /^Limiting retries/,
  /^The group is rebalancing/,
  /^The coordinator is not aware/,
  /^Topic has been updated/,
  /^Consumer is not aware of all assigned partitions/,
  /^Response without match/,
]

/** The logCreator option of kafkajs. */
export function kafkaLogCreator(logger: Logger): () => (entry: LogEntry) => void {
  return () => (entry) => {
    const { message, timestamp: _, logger: __, stack: ___, ...facts } = entry.log
    logger[levelOf(entry)]({ ...facts, kafkajs: entry.namespace }, `kafkajs: ${message}`)
  }
}

function levelOf({ level, log, namespace }: LogEntry): 'debug' | 'warn' {
  if (level !== kafkajs.logLevel.ERROR && level !== kafkajs.logLevel.WARN) return 'debug'
  const throwing = THROWING_PARTS.some((part) => namespace.startsWith(part))
  if (level === kafkajs.logLevel.ERROR && throwing) return 'debug'
  return THROWN_OR_RETRIED.some((pattern) => pattern.test(String(log.message))) ? 'debug' : 'warn'
}
