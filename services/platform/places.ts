// Which places the settings come to: the lake, the state snapshots, the embedded log's file.

import { join } from 'node:path'
import { isWholeStore } from '#object-store/place'
import type { LakeSettings, LogSettings } from '#services/platform/settings'

/** The embedded log's file in DATA_DIR. */
const LOG_FILE = 'log.sqlite'

/** The lake's root as the settings name it: LAKE_URL, or a folder in DATA_DIR. */
export function lakeUrl({ LAKE_URL, DATA_DIR }: Pick<LakeSettings, 'LAKE_URL' | 'DATA_DIR'>): string {
  return LAKE_URL ?? join(DATA_DIR, 'lake', 'bronze')
}

/** Where the stream's state snapshots go: CHECKPOINT_URL, or a folder beside the lake's root. */
export function checkpointUrl(settings: LakeSettings): string {
  return settings.CHECKPOINT_URL ?? besides(lakeUrl(settings), 'checkpoints')
}

/** In the folder that the place is in; in a bucket or container without folders, in that itself. */
function besides(url: string, name: string): string {
  const place = url.replace(/\/+$/, '')
  if (isWholeStore(place)) return `${place}/${name}`
  const end = place.lastIndexOf('/')
  return end < 0 ? name : `${place.slice(0, end)}/${name}`
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
