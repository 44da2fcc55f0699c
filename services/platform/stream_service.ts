// The stream as `stream` and `start` run it: its settings read and checked, its parts opened, its counters shown.

import { styleText } from 'node:util'
import { PRICES_TOPIC } from '#market/topics'
import { checkpointUrl } from '#services/platform/places'
import type { DrainableService, Service, ServiceContext } from '#services/platform/service'
import { lakeSettings } from '#services/platform/settings'
import { type SharedParts, streamConfig, streamSettings } from '#services/stream/config'
import type { StreamCounters } from '#services/stream/outputs'
import { runStream } from '#services/stream/stream'
import { streamConsole } from '#services/stream/stream_console'
import { streamMetrics, type WatchedStream } from '#services/stream/stream_metrics'

/** The stream. */
export async function streamService(
  context: ServiceContext,
  shared: SharedParts,
): Promise<DrainableService<StreamCounters>> {
  const settings = context.settings.of(streamSettings)
  const [config, rules] = [streamConfig(settings, shared), settings.ALERT_RULES]
  const checkpoints = await context.openStore(checkpointUrl(context.settings.of(lakeSettings)))
  const { clock, logger, stdout, console } = context
  const print = (line: string) => console.print(line)
  // On a terminal alerts stand out among the quotes; in a pipe they are plain.
  const printAlert = (line: string) => print(styleText(['bold', 'yellow'], line, { stream: stdout }))
  const run: Service<StreamCounters> = ({ log, signal, health, bounded = false, onPartition = () => {} }) => {
    const onReady = (stream: WatchedStream) => {
      for (const source of streamMetrics(stream, clock)) health?.show(source)
      health?.ready()
    }
    const { end, ...lines } = streamConsole({ clock, print, printAlert })
    const told = { ...lines, onReady, onPartition }
    const running = runStream({ log, config, rules, checkpoints, clock, logger, signal, bounded, ...told })
    return running.finally(end)
  }
  return { name: 'stream', topics: [PRICES_TOPIC], run }
}
