// A process of its own that lives a table's life (table_life.ts) and kills itself at its nth call of the store. Its one
// argument is JSON (KilledProcess). Every append that was acknowledged is a line on its stdout, written at once.

import { writeSync } from 'node:fs'
import { openObjectStore, type StoreSettings } from '#object-store/open'
import { liveThrough } from '#support/delta/table_life'
import { type Death, killing } from '#support/stores/killing_store'

/** Where the process works and when it dies. */
export interface KilledProcess extends Death {
  /** A folder, or a place elsewhere. */
  readonly url: string
  readonly settings: StoreSettings
}

const { url, settings, ...death } = JSON.parse(process.argv[2] ?? '') as KilledProcess
const store = await openObjectStore(url, settings)
await liveThrough(killing(death)(store), (rows) => writeSync(1, `${rows}\n`))
process.exit()
