// The settings of simulated runs: the platform's own rules with shorter times, so that seconds of virtual time hold
// what takes hours. The proportions are those of production: session > heartbeat, transaction timeout > wait, and so
// on. All times are for pace 1; at a larger pace everything takes so many times longer, but for what the code has
// fixed: ticks, the interval of offset commits, and that of state snapshots, of which a run at pace 1 sees none.

import { KAFKA_LIMITS, type KafkaLimits } from '#log/kafka/limits'
import { topicsOf } from '#market/topics'
import type { AlertRule } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG, type StreamConfig } from '#services/stream/config'

/** When runs begin: in winter, in the middle of a New York session. */
export const STARTED_AT = Date.UTC(2026, 0, 6, 15)

/** Windows and waits of the stream. */
export function configAt(pace: number): StreamConfig {
  return {
    ...DEFAULT_STREAM_CONFIG,
    barIntervalMs: 1_000 * pace,
    watermarkDelayMs: 300 * pace,
    idleCloseMs: 1_200 * pace,
    allowedLatenessMs: 2_000 * pace,
    revisionDelayMs: 250 * pace,
  }
}

/** The topics of a run: bars have one that is named by their interval. */
export function topicsAt(pace: number) {
  return topicsOf(configAt(pace).barIntervalMs)
}

/** Alert rules that often fire. */
export function rulesAt(pace: number): readonly AlertRule[] {
  const [withinMs, cooldownMs] = [1_500 * pace, 1_000 * pace]
  return [
    { name: 'm', kind: 'move', percent: 2, withinMs, rearm: 0.7, cooldownMs, staleAfterMs: 3_600_000 },
    { name: 'g', kind: 'gap', percent: 3, withinMs: null, rearm: 0.7, cooldownMs: 500, staleAfterMs: 3_600_000 },
  ]
}

/** The limits of the log. */
export function limitsAt(pace: number): KafkaLimits {
  return {
    ...KAFKA_LIMITS,
    requestTimeoutMs: 600 * pace,
    connectAttemptsMax: 12,
    connectDelayMinMs: 50 * pace,
    connectDelayMaxMs: 500 * pace,
    askAttemptsMax: 8,
    askDelayMinMs: 10 * pace,
    askDelayMaxMs: 300 * pace,
    topicFactsMs: 2_000 * pace,
    transactionTimeoutMs: 3_000 * pace,
    transactionWaitMs: 1_500 * pace,
    concurrentDelayMinMs: pace,
    concurrentDelayMaxMs: 20 * pace,
    concurrentAttemptsMax: 60,
    openDelayMinMs: 20 * pace,
    openDelayMaxMs: 500 * pace,
    sessionTimeoutMs: 1_500 * pace,
    rebalanceTimeoutMs: 2_000 * pace,
    heartbeatIntervalMs: 200 * pace,
    stepWaitMs: 1_000 * pace,
    fetchWaitMs: 100 * pace,
    stallMs: 5_000 * pace,
    metadataAgeMaxMs: 400 * pace,
    topicCheckMs: 1_500 * pace,
    consumerSteadyMs: 3_000 * pace,
    endCheckMs: 50 * pace,
    closeMs: 500 * pace,
    stopBatchMs: 2_000 * pace,
    stopFlushMs: 1_600 * pace,
    stopLeaveMs: 400 * pace,
  }
}

/** What a stop may take at pace 1: the three stop limits, and some latency. */
export const STOP_MS_MAX = 5_000
