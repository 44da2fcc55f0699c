// A process of its own that makes one pass of the copier and kills itself at its nth call of either store. Its one
// argument is JSON (KilledCopier).

import { openObjectStore, type StoreSettings } from '#object-store/open'
import { systemClock } from '#runtime/clock'
import { type Death, killing } from '#support/stores/killing_store'
import { copyTable } from '#table-copy/copy_table'

/** From where to where, and when it dies. */
export interface KilledCopier extends Death {
  /** Places of tables, as the command takes them. */
  readonly source: string
  readonly target: string
  readonly settings: StoreSettings
}

const { source, target, settings, ...death } = JSON.parse(process.argv[2] ?? '') as KilledCopier
const mortal = killing(death)
const [from, to] = [await openObjectStore(source, settings), await openObjectStore(target, settings)]
await copyTable(mortal(from), mortal(to), { clock: systemClock, random: Math.random })
process.exit()
