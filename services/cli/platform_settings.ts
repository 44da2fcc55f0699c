// The settings that every service shares: where the log is, where the lake is, how to speak. The services' own settings
// stand in their config.ts.

import { z } from 'zod'
import { PARTITIONS_DEFAULT } from '#market/topics'
import { LOG_LEVELS } from '#runtime/logger'
import { booleanSetting, integerSetting, optionalInteger } from '#runtime/settings'

const optionalText = z.string().optional()

/** The event log: Kafka when KAFKA_BROKERS is set, else embedded in DATA_DIR. */
export const logSettings = {
  DATA_DIR: z.string().default('./data'),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'must be HOST:PORT, more of them separated by commas')
    .optional(),
  KAFKA_SSL: booleanSetting(false),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: optionalText,
  KAFKA_SASL_PASSWORD: optionalText,
} as const

/** The lake: a folder, or a bucket on S3 storage. */
export const lakeSettings = {
  DATA_DIR: z.string().default('./data'),
  LAKE_URL: z.string().optional(),
  CHECKPOINT_URL: z.string().optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  AWS_ACCESS_KEY_ID: optionalText,
  AWS_SECRET_ACCESS_KEY: optionalText,
  AWS_REGION: z.string().default('us-east-1'),
} as const

/** How the process speaks. LOG_FORMAT unset: readable on a terminal, JSON elsewhere. */
export const processSettings = {
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], 'must be json or pretty').optional(),
  METRICS_PORT: optionalInteger({ min: 0, max: 65_535 }),
} as const

/** Only for topics that are yet to be created. */
export const topicSettings = {
  TOPIC_PARTITIONS: integerSetting({ min: 1, max: 1_000, default: PARTITIONS_DEFAULT }),
} as const
