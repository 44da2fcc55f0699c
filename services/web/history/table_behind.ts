// An answer out of a table and what its topic has beyond it would be short. That is said, and nothing is left out.

import { counted } from '#runtime/counted'
import { RequestError } from '#services/web/request_error'

/** `missing`: records of the table's topic that neither the table nor the live records have. */
export function tableBehind(table: 'alerts' | 'bars', missing: number): RequestError {
  const what = `the table of ${table} is so far behind its topic that ${counted(missing, 'record')} cannot be had here`
  const message = `${what}; see whether the writer runs, and ask again once the table has caught up`
  return new RequestError(503, 'TABLE_BEHIND', { message, headers: { 'retry-after': '10' } })
}
