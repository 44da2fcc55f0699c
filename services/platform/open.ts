// From settings to parts: opens the log and the stores that the settings name. The only place that knows which
// implementation stands behind a port.

import { access as checkAccess, constants } from 'node:fs/promises'
import type { LogAccess } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import type { ObjectStore } from '#object-store/object_store'
import { createStoreRoot, openObjectStore } from '#object-store/open'
import { type StoreValues, storeSettingsOf } from '#object-store/store_settings'
import { withErrors } from '#object-store/with_errors'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'
import { makeFolders } from '#runtime/files/make_folders'
import type { Logger } from '#runtime/logger'
import { type Settings, withPrefixed } from '#runtime/settings'
import { embeddedLogFile, embeddedLogFolder, lakeUrl } from '#services/platform/places'
import type { ServiceContext } from '#services/platform/service'
import { type LogSettings, lakeSettings, targetSettings } from '#services/platform/settings'

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

/** Opens the object store at a place, with the settings of its kind. */
export function openStore(url: string, settings: StoreValues): Promise<ObjectStore> {
  return openObjectStore(url, storeSettingsOf(settings))
}

/** Opens the place that tables are copied to. Failures name the settings as they were given. Throws CONFIG_INVALID. */
export async function openTarget(url: string, settings: Settings): Promise<ObjectStore> {
  const told = (error: unknown) => ofTarget(error, url, settings.prefixOf(targetSettings))
  try {
    return withErrors(await openStore(url, settings.of(targetSettings)), told)
  } catch (error) {
    throw told(error)
  }
}

function ofTarget(error: unknown, url: string, prefix: string): unknown {
  if (!(error instanceof PlatformError)) return error
  const { code, retryable, fields, cause } = error
  const message =
    code === 'STORE_BUCKET_MISSING'
      ? `there is no bucket or container for the target ${url}; make it first, or name another place`
      : withPrefixed(error.message, Object.keys(targetSettings.shape), prefix)
  return new PlatformError(code, message, { retryable, fields, cause })
}

/** Makes the lake's bucket, container or folder, and has its store prove conditional writes. Throws STORE_FAILED. */
export async function prepareLake(
  lake: ObjectStore,
  { settings, newId }: Pick<ServiceContext, 'settings' | 'newId'>,
): Promise<void> {
  const place = settings.of(lakeSettings)
  await createStoreRoot(lakeUrl(place), storeSettingsOf(place))
  await probeConditionalPut(lake, { newId })
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
