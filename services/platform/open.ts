// From settings to parts: opens the log and the stores that the settings name. The only place that knows which
// implementation stands behind a port.

import { access as checkAccess, constants } from 'node:fs/promises'
import type { LogAccess } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import type { ObjectStore } from '#object-store/object_store'
import { createStoreRoot, openObjectStore, type S3Settings } from '#object-store/open'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'
import { makeFolders } from '#runtime/files/make_folders'
import type { Logger } from '#runtime/logger'
import { embeddedLogFile, embeddedLogFolder, lakeUrl } from '#services/platform/places'
import type { ServiceContext } from '#services/platform/service'
import { type LakeSettings, type LogSettings, lakeSettings } from '#services/platform/settings'

/** The name that we give to Kafka and in log lines. */
const CLIENT_ID = 'tickerlake'

/** The parts that an opened log needs. */
export interface LogParts {
  readonly clock: Clock
  readonly logger: Logger
  /** Aborting it ends the waiting for a broker. */
  readonly signal?: AbortSignal
  /** For an embedded log; Kafka's groups of readers leave nothing behind that counts. Default `write`. */
  readonly access?: LogAccess
}

/** Opens Kafka when KAFKA_BROKERS is set, else the embedded log in DATA_DIR. */
export async function openLog(settings: LogSettings, { access = 'write', ...parts }: LogParts): Promise<EventLog> {
  const path = embeddedLogFile(settings)
  if (path === undefined) return openKafka(settings, parts)
  if (access === 'write') await ensureDataDir(settings.DATA_DIR)
  // Each log costs start-up time that commands without it need not pay.
  const { openEmbeddedLog } = await import('#log/embedded/embedded_log')
  return openEmbeddedLog({ path, ...parts, access })
}

async function openKafka(settings: LogSettings, parts: Omit<LogParts, 'access'>): Promise<EventLog> {
  const { KAFKA_BROKERS = '', KAFKA_SSL: ssl, KAFKA_SASL_MECHANISM: mechanism } = settings
  const { KAFKA_SASL_USERNAME: username = '', KAFKA_SASL_PASSWORD: password = '' } = settings
  const { openKafkaLog } = await import('#log/kafka/kafka_log')
  const sasl = mechanism === undefined ? {} : { sasl: { mechanism, username, password } }
  return openKafkaLog({ brokers: KAFKA_BROKERS.split(','), clientId: CLIENT_ID, ssl, ...sasl, ...parts })
}

/** Opens the object store at a place, with the S3 settings when it is on S3. */
export function openStore(url: string, settings: LakeSettings): Promise<ObjectStore> {
  return openObjectStore(url, s3SettingsOf(settings))
}

/** Makes the lake's bucket or folder, and has its store prove conditional writes. Throws STORE_FAILED. */
export async function prepareLake(
  lake: ObjectStore,
  { settings, newId }: Pick<ServiceContext, 'settings' | 'newId'>,
): Promise<void> {
  const place = settings.of(lakeSettings)
  await createStoreRoot(lakeUrl(place), s3SettingsOf(place))
  await probeConditionalPut(lake, { newId })
}

/** How to reach S3 storage; counts only for an `s3://` place. */
function s3SettingsOf(settings: LakeSettings): S3Settings {
  return {
    endpoint: settings.S3_ENDPOINT,
    region: settings.AWS_REGION,
    accessKeyId: settings.AWS_ACCESS_KEY_ID,
    secretAccessKey: settings.AWS_SECRET_ACCESS_KEY,
  }
}

/** Makes DATA_DIR where the embedded log needs it, and sees that it can be written. Throws CONFIG_INVALID. */
export async function prepareDataDir(settings: LogSettings): Promise<void> {
  const folder = embeddedLogFolder(settings)
  if (folder === undefined) return
  await ensureDataDir(folder)
  try {
    await checkAccess(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw wrongDataDir(`${folder} cannot be written`, cause)
  }
}

async function ensureDataDir(folder: string): Promise<void> {
  try {
    await makeFolders(folder)
  } catch (cause) {
    throw wrongDataDir(`${folder} cannot be made`, cause)
  }
}

function wrongDataDir(what: string, cause: unknown): PlatformError {
  const message = `DATA_DIR ${what}: ${messageOf(cause)}; name a folder that can be written`
  return new PlatformError('CONFIG_INVALID', message, { cause })
}
