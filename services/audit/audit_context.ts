// What an audit takes from the process that it runs in: it queries the lake's tables.

import type { QueryContext } from '#lake/query_context'
import type { ObjectStore } from '#object-store/object_store'

/** What audits are handed. */
export interface AuditContext extends QueryContext {
  /** The lake's root. */
  openLake(): Promise<ObjectStore>
}
