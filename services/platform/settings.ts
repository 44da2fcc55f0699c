// The settings that services share: where the log is, where the lake is, how to speak. The services' own settings
// stand in their config.ts.

import { PARTITIONS_DEFAULT } from '#market/topics'
import { isS3Place, placeFault } from '#object-store/place'
import { LOG_LEVELS } from '#runtime/logger'
import {
  booleanSetting,
  choiceSetting,
  dataDirSetting,
  formedSetting,
  integerSetting,
  optionalInteger,
  type SettingReading,
  type SettingsOf,
  secretSetting,
  settingsGroup,
  textSetting,
  webUrlSetting,
} from '#runtime/settings'

/** The event log: Kafka when KAFKA_BROKERS is set, else embedded in DATA_DIR. */
export const logSettings = settingsGroup({
  DATA_DIR: dataDirSetting,
  KAFKA_BROKERS: formedSetting(
    /^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/,
    'must be HOST:PORT, or several of these with commas between',
  ).optional(),
  KAFKA_SSL: booleanSetting(false),
  KAFKA_SASL_MECHANISM: choiceSetting(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: textSetting().optional(),
  KAFKA_SASL_PASSWORD: secretSetting(),
}).together(
  ['KAFKA_BROKERS', 'KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  ({ KAFKA_BROKERS, ...sasl }) => (KAFKA_BROKERS === undefined ? null : missingOf(sasl)),
)

/** Settings of which all must be set, or none; says which ones are missing. */
function missingOf(values: Readonly<Record<string, string | undefined>>): string | null {
  const names = Object.keys(values)
  const given = names.filter((name) => values[name] !== undefined)
  const missing = names.filter((name) => values[name] === undefined)
  if (given.length === 0 || missing.length === 0) return null
  return `${missing.join(' and ')} must be set too, since ${given.join(' and ')} ${given.length > 1 ? 'are' : 'is'}`
}

/** Where the log is, and how to get there. */
export type LogSettings = SettingsOf<typeof logSettings.shape>

const placeSetting = () => textSetting().map(placeReading).optional()

function placeReading(place: string): SettingReading<string> {
  const fault = placeFault(place)
  return fault === null ? { value: place } : { faults: [fault] }
}

/** The lake: a folder, or a bucket on S3 storage. */
export const lakeSettings = settingsGroup({
  DATA_DIR: dataDirSetting,
  LAKE_URL: placeSetting(),
  CHECKPOINT_URL: placeSetting(),
  S3_ENDPOINT: webUrlSetting(),
  AWS_ACCESS_KEY_ID: secretSetting(),
  AWS_SECRET_ACCESS_KEY: secretSetting(),
  AWS_REGION: textSetting().default('us-east-1'),
}).together(
  ['LAKE_URL', 'CHECKPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  // Without keys, those of the machine or of a profile hold.
  ({ LAKE_URL = '', CHECKPOINT_URL = '', ...keys }) =>
    isS3Place(LAKE_URL) || isS3Place(CHECKPOINT_URL) ? missingOf(keys) : null,
)

/** Where the lake is, and how to get there. */
export type LakeSettings = SettingsOf<typeof lakeSettings.shape>

/** How the process speaks: read by every command. LOG_FORMAT unset: readable on a terminal, JSON elsewhere. */
export const speechSettings = settingsGroup({
  LOG_LEVEL: choiceSetting(LOG_LEVELS).default('info'),
  LOG_FORMAT: choiceSetting(['json', 'pretty']).optional(),
})

/** Where a service shows itself to an orchestrator; nowhere without a port. */
export const metricsSettings = settingsGroup({
  METRICS_PORT: optionalInteger({ min: 0, max: 65_535 }),
  METRICS_HOST: formedSetting(
    /^[A-Za-z0-9.:_-]+$/,
    'must be an address of this machine, such as 127.0.0.1 or 0.0.0.0',
  ).default('127.0.0.1'),
})

/** Only for topics that are yet to be created. */
export const topicSettings = settingsGroup({
  TOPIC_PARTITIONS: integerSetting({ min: 1, max: 1_000, default: PARTITIONS_DEFAULT }),
})
