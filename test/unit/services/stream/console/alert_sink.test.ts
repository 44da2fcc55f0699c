// Sinks: what the console shows, and that a sink that fails stops nothing.

import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Logger } from '#runtime/logger'
import { silentLogger } from '#runtime/logger'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { type AlertSink, consoleAlertSink, emitAlerts } from '#services/stream/console/alert_sink'
import { CONSOLE_ALERTS_MAX } from '#services/stream/limits'
import { createTopologyDriver } from '#services/stream/topology_driver'

const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
driver.quote({ symbol: 'TSLA', price: 430.63, timestamp: Date.UTC(2026, 0, 6, 15, 26, 20) })
const [alert] = driver.quote({ symbol: 'TSLA', price: 444.45, timestamp: Date.UTC(2026, 0, 6, 15, 31, 20) }).alerts
if (alert === undefined) throw new Error('no alert to show')

describe('the console', () => {
  test('shows one line an alert', () => {
    const lines: string[] = []
    consoleAlertSink((line) => lines.push(line)).emit([alert])
    expect(lines).toEqual(['ALERT  TSLA  +3.21 % in 5 min  444.45 (was 430.63)  15:31:20 UTC'])
  })

  test('of a burst says how many more there are', () => {
    const lines: string[] = []
    consoleAlertSink((line) => lines.push(line)).emit(new Array(CONSOLE_ALERTS_MAX + 7).fill(alert))
    expect(lines).toHaveLength(CONSOLE_ALERTS_MAX + 1)
    expect(lines.at(-1)).toContain('7 more')
  })
})

test('a sink that throws or rejects is warned of, and the others hear of the alert', async () => {
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (...line: unknown[]) => void warnings.push(line[1]) } as Logger
  const heard: string[] = []
  const sinks: AlertSink[] = [
    {
      name: 'thrower',
      emit: () => {
        throw new Error('no paper')
      },
    },
    { name: 'rejecter', emit: () => Promise.reject(new Error('no line')) },
    { name: 'listener', emit: (alerts) => void heard.push(...alerts.map((one) => one.symbol)) },
  ]
  emitAlerts(sinks, [alert], logger)
  await turn()
  expect(heard).toEqual(['TSLA'])
  expect(warnings).toEqual([expect.stringContaining('no paper'), expect.stringContaining('no line')])
})
