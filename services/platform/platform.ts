// From settings to parts: opens the log and the stores that the settings name. The only place that knows which
// implementation stands behind a port.

import { access as checkAccess, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { type LogAccess, openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import { openObjectStore, type S3Settings } from '#object-store/open'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'
import { makeFolders } from '#runtime/files/make_folders'
import type { Logger } from '#runtime/logger'
import type { SettingsOf } from '#runtime/settings'
import type { LakeSettings, logSettings } from '#services/platform/settings'

/** The name that we give to Kafka and in log lines. */
const CLIENT_ID = 'tickerlake'

/** The embedded log's file in DATA_DIR. */
const LOG_FILE = 'log.sqlite'

/** What the settings of the log are read to. */
export type LogSettings = SettingsOf<typeof logSettings.shape>

/** The parts that an opened log needs. */
export interface PlatformParts {
  readonly clock: Clock
  readonly logger: Logger
  /** Aborting it ends the waiting for a broker. */
  readonly signal?: AbortSignal
  /** For an embedded log; Kafka's groups of readers leave nothing behind that counts. Default `write`. */
  readonly access?: LogAccess
}

/** Opens Kafka when KAFKA_BROKERS is set, else the embedded log in DATA_DIR. */
export async function openLog(settings: LogSettings, { access = 'write', ...parts }: PlatformParts): Promise<EventLog> {
  if (settings.KAFKA_BROKERS === undefined) {
    if (access === 'write') await ensureDataDir(settings.DATA_DIR)
    return openEmbeddedLog({ path: join(settings.DATA_DIR, LOG_FILE), ...parts, access })
  }
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  // Kafka's client costs start-up time that an embedded log need not pay.
  const { openKafkaLog } = await import('#log/kafka/kafka_log')
  return openKafkaLog({
    brokers: settings.KAFKA_BROKERS.split(','),
    clientId: CLIENT_ID,
    ssl: settings.KAFKA_SSL,
    ...(mechanism === undefined ? {} : { sasl: { mechanism, username: username ?? '', password: password ?? '' } }),
    ...parts,
  })
}

/** The lake's root as the settings name it: LAKE_URL, or a folder in DATA_DIR. */
export function lakeUrl({ LAKE_URL, DATA_DIR }: Pick<LakeSettings, 'LAKE_URL' | 'DATA_DIR'>): string {
  return LAKE_URL ?? join(DATA_DIR, 'lake', 'bronze')
}

/** Where the stream's state snapshots go: CHECKPOINT_URL, or a folder beside the lake's root. */
export function checkpointUrl(settings: LakeSettings): string {
  return settings.CHECKPOINT_URL ?? besides(lakeUrl(settings), 'checkpoints')
}

/** In the folder that the place is in; in a bucket without folders, in the bucket itself. */
function besides(url: string, name: string): string {
  const place = url.replace(/\/+$/, '')
  if (/^s3:\/\/[^/]+$/i.test(place)) return `${place}/${name}`
  const end = place.lastIndexOf('/')
  return end < 0 ? name : `${place.slice(0, end)}/${name}`
}

/** Opens the object store at a place, with the S3 settings when it is on S3. */
export function openStore(url: string, settings: LakeSettings): Promise<ObjectStore> {
  return openObjectStore(url, s3SettingsOf(settings))
}

/** How to reach S3 storage; counts only for an `s3://` place. */
export function s3SettingsOf(settings: LakeSettings): S3Settings {
  return {
    endpoint: settings.S3_ENDPOINT,
    region: settings.AWS_REGION,
    accessKeyId: settings.AWS_ACCESS_KEY_ID,
    secretAccessKey: settings.AWS_SECRET_ACCESS_KEY,
  }
}

/** The folder of the embedded log; undefined on Kafka. */
export function embeddedLogFolder({ KAFKA_BROKERS, DATA_DIR }: LogSettings): string | undefined {
  return KAFKA_BROKERS === undefined ? DATA_DIR : undefined
}

/** The embedded log's file; undefined on Kafka. */
export function embeddedLogFile(settings: LogSettings): string | undefined {
  const folder = embeddedLogFolder(settings)
  return folder === undefined ? undefined : join(folder, LOG_FILE)
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
