// From settings to parts: opens the log and the stores that the settings name. The only place that knows which
// implementation stands behind a port.

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import { openObjectStore } from '#object-store/open'
import type { S3Settings } from '#object-store/s3_client'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { lakeSettings, logSettings } from '#services/cli/platform_settings'

/** The name that we give to Kafka and in log lines. */
const CLIENT_ID = 'tickerlake'

/** Variables that may be given as NAME_FILE instead: the file's content, without the line end, is the value. */
const SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'KAFKA_SASL_PASSWORD']

/** Reads the secrets that are given as files. Throws CONFIG_INVALID when one cannot be read. */
export async function withSecretFiles(env: Env): Promise<Env> {
  const secrets: Record<string, string> = {}
  for (const name of SECRETS) {
    const path = env[`${name}_FILE`]
    if (!path || env[name]) continue
    try {
      secrets[name] = (await readFile(path, 'utf8')).trimEnd()
    } catch (cause) {
      const message = `${name}_FILE cannot be read: ${messageOf(cause)}`
      throw new PlatformError('CONFIG_INVALID', message, { cause })
    }
  }
  return { ...env, ...secrets }
}

/** The parts that an opened log needs. */
export interface PlatformParts {
  readonly clock: Clock
  readonly logger: Logger
  /** Aborting it ends the waiting for a broker. */
  readonly signal?: AbortSignal
}

/** Opens Kafka when KAFKA_BROKERS is set, else the embedded log in DATA_DIR. */
export async function openLog(env: Env, parts: PlatformParts): Promise<EventLog> {
  const settings = readSettings(env, logSettings)
  if (settings.KAFKA_BROKERS === undefined) {
    await ensureDataDir(settings.DATA_DIR)
    return openEmbeddedLog({ path: join(settings.DATA_DIR, 'log.sqlite'), ...parts })
  }
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  if (mechanism !== undefined && (username === undefined || password === undefined)) {
    const missing = username === undefined ? 'KAFKA_SASL_USERNAME' : 'KAFKA_SASL_PASSWORD'
    throw new PlatformError('CONFIG_INVALID', `wrong settings:\n  ${missing}: needed with KAFKA_SASL_MECHANISM`)
  }
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
export function lakeUrl(env: Env): string {
  const { LAKE_URL, DATA_DIR } = readSettings(env, lakeSettings)
  return LAKE_URL ?? join(DATA_DIR, 'lake', 'bronze')
}

/** Where the stream's state snapshots go: CHECKPOINT_URL, or a folder beside the lake's root. */
export function checkpointUrl(env: Env): string {
  const { CHECKPOINT_URL } = readSettings(env, lakeSettings)
  return CHECKPOINT_URL ?? besides(lakeUrl(env), 'checkpoints')
}

/** In the folder that the place is in; in a bucket without folders, in the bucket itself. */
function besides(url: string, name: string): string {
  const place = url.replace(/\/+$/, '')
  if (/^s3:\/\/[^/]+$/i.test(place)) return `${place}/${name}`
  const end = place.lastIndexOf('/')
  return end < 0 ? name : `${place.slice(0, end)}/${name}`
}

/** Opens the object store at a place, with the S3 settings when it is on S3. */
export function openStore(url: string, env: Env): Promise<ObjectStore> {
  return openObjectStore(url, s3SettingsOf(env))
}

/** How to reach S3 storage; counts only for an `s3://` place. */
export function s3SettingsOf(env: Env): S3Settings {
  const settings = readSettings(env, lakeSettings)
  return {
    endpoint: settings.S3_ENDPOINT,
    region: settings.AWS_REGION,
    accessKeyId: settings.AWS_ACCESS_KEY_ID,
    secretAccessKey: settings.AWS_SECRET_ACCESS_KEY,
  }
}

async function ensureDataDir(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    const message = `DATA_DIR ${folder} cannot be made: ${messageOf(cause)}; name a folder that can be written`
    throw new PlatformError('CONFIG_INVALID', message, { cause })
  }
}
