// Where alerts go besides their topic. The topic is the truth: a sink hears of an alert at once, before its commit, so
// after a failure it may hear of it again; and a sink that fails never stops the stream.

import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { CONSOLE_ALERTS_MAX } from '#services/stream/limits'
import type { UnstampedAlert } from '#services/stream/outputs'

/** Takes alerts, in the order they fired. It is never waited for, so it must bound what it holds by itself. */
export interface AlertSink {
  readonly name: string
  emit(alerts: readonly UnstampedAlert[]): void | Promise<void>
}

/** One line an alert that a person can read; of a burst, the first ones and how many more there are. */
export function consoleAlertSink(writeLine: (line: string) => void): AlertSink {
  return {
    name: 'console',
    emit(alerts) {
      for (const alert of alerts.slice(0, CONSOLE_ALERTS_MAX)) writeLine(`ALERT  ${alert.message}`)
      const more = alerts.length - CONSOLE_ALERTS_MAX
      if (more > 0) writeLine(`ALERT  and ${more} more at the same time; all of them are in the alerts topic`)
    },
  }
}

/** Hands the alerts to every sink. What a sink throws or rejects with becomes a log line. */
export function emitAlerts(sinks: readonly AlertSink[], alerts: readonly UnstampedAlert[], logger: Logger): void {
  if (alerts.length === 0) return
  const failed = (sink: AlertSink) => (error: unknown) =>
    logger.warn({ sink: sink.name, alerts: alerts.length }, `alert sink ${sink.name} failed: ${messageOf(error)}`)
  for (const sink of sinks) {
    try {
      sink.emit(alerts)?.catch(failed(sink))
    } catch (error) {
      failed(sink)(error)
    }
  }
}
