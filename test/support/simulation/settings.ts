// The settings of simulated runs: the platform's own rules with shorter times, so that seconds of virtual time hold what
// takes hours. The proportions are those of production: session > heartbeat, transaction timeout > wait, and so on.

import type { KafkaLimits } from '#log/kafka/limits'
import type { AlertRule } from '#services/stream/alert_rules'
import { DEFAULT_STREAM_CONFIG, type StreamConfig } from '#services/stream/config'

/** When runs begin: in winter, in the middle of a New York session. */
export const STARTED_AT = Date.UTC(2026, 0, 6, 15)

export const SIMULATED_CONFIG: StreamConfig = {
  ...DEFAULT_STREAM_CONFIG,
  barIntervalMs: 1_000,
  watermarkDelayMs: 300,
  idleCloseMs: 1_200,
  allowedLatenessMs: 2_000,
}

export const SIMULATED_RULES: readonly AlertRule[] = [
  { name: 'm', kind: 'move', percent: 2, withinMs: 1_500, rearm: 0.7, cooldownMs: 1_000, staleAfterMs: 60_000 },
  { name: 'g', kind: 'gap', percent: 3, withinMs: null, rearm: 0.7, cooldownMs: 500, staleAfterMs: 60_000 },
]

export const SIMULATED_LIMITS: Partial<KafkaLimits> = {
  requestTimeoutMs: 600,
  connectAttemptsMax: 12,
  connectDelayMinMs: 50,
  connectDelayMaxMs: 500,
  askAttemptsMax: 8,
  askDelayMinMs: 10,
  askDelayMaxMs: 300,
  topicFactsMs: 2_000,
  transactionTimeoutMs: 3_000,
  transactionWaitMs: 1_500,
  concurrentDelayMs: 20,
  concurrentAttemptsMax: 60,
  openDelayMinMs: 20,
  openDelayMaxMs: 500,
  sessionTimeoutMs: 1_500,
  rebalanceTimeoutMs: 2_000,
  heartbeatIntervalMs: 200,
  fetchWaitMs: 100,
  stallMs: 5_000,
  sessionSteadyMs: 3_000,
  closeMs: 500,
  stopBatchMs: 2_000,
  stopFlushMs: 1_600,
  stopLeaveMs: 400,
}

/** What a stop may take: the three stop limits, and what is left of a request before them. */
export const STOP_MS_MAX = 5_000
