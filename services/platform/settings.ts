// The settings that services share: where the log is, where the lake is, how to speak. The services' own settings
// stand in their config.ts.

import { PARTITIONS_DEFAULT } from '#market/topics'
import { isAzurePlace, isS3Place, placeFault } from '#object-store/place'
import { AZURE_CREDENTIALS, azureFault, S3_KEYS, s3Fault, storeShape } from '#object-store/store_settings'
import { LOG_LEVELS } from '#runtime/logger'
import {
  booleanSetting,
  choiceSetting,
  dataDirSetting,
  formedSetting,
  integerSetting,
  missingOf,
  optionalInteger,
  type SettingReading,
  type SettingsOf,
  secretSetting,
  settingsGroup,
  textSetting,
  withPrefix,
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

/** Where the log is, and how to get there. */
export type LogSettings = SettingsOf<typeof logSettings.shape>

const placeSetting = () => textSetting().map(placeReading).optional()

function placeReading(place: string): SettingReading<string> {
  const fault = placeFault(place)
  return fault === null ? { value: place } : { faults: [fault] }
}

/** The lake: a folder, a bucket on S3 storage, or a container of Azure. */
export const lakeSettings = settingsGroup({
  DATA_DIR: dataDirSetting,
  LAKE_URL: placeSetting(),
  CHECKPOINT_URL: placeSetting(),
  ...storeShape,
})
  .together(['LAKE_URL', 'CHECKPOINT_URL', ...S3_KEYS], ({ LAKE_URL = '', CHECKPOINT_URL = '', ...keys }) =>
    isS3Place(LAKE_URL) || isS3Place(CHECKPOINT_URL) ? s3Fault(keys) : null,
  )
  .together(
    ['LAKE_URL', 'CHECKPOINT_URL', ...AZURE_CREDENTIALS],
    ({ LAKE_URL = '', CHECKPOINT_URL = '', ...credentials }) =>
      isAzurePlace(LAKE_URL) || isAzurePlace(CHECKPOINT_URL) ? azureFault(credentials) : null,
  )

/** Where the lake is, and how to get there. */
export type LakeSettings = SettingsOf<typeof lakeSettings.shape>

/** How to reach the place that tables are copied to: as the lake, unless a setting with this prefix is there. */
export const targetSettings = withPrefix('TARGET_', settingsGroup(storeShape))

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
