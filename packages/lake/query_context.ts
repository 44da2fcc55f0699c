// What the catalog takes from the process that it works in. The command line's context fits, and so does any object
// with these members: an HTTP server makes one at its start, and hands each request's signal in with its query.

import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Settings } from '#runtime/settings'

/** What opens places: the lake that the settings name, and any other. */
export interface StoreOpener {
  openLake(): Promise<ObjectStore>
  openStore(url: string): Promise<ObjectStore>
}

/** What the settings are read from, and what cached copies are named and dated by. */
export interface QuerySettings {
  readonly settings: Settings
  readonly clock: Clock
  readonly newId: () => string
}

/** What a query takes from its process. */
export interface QueryContext extends QuerySettings {
  readonly signal: AbortSignal
}
