// The process that runs untrusted SQL. It has no environment, no credentials and no files but the tables'. Its caller
// kills it when its time is up. It takes compiled code from its caller's cache, and adds its own
// before it hears the first request: while it runs SQL it writes nothing there.

import { enableCompileCache, flushCompileCache } from 'node:module'
import type { ChildPlace } from '#lake-sql/messages'

// From the first moment: Ctrl+C reaches every process of the terminal, and it is the caller who decides.
process.on('SIGINT', () => {})

const place = JSON.parse(process.argv[2] as string) as ChildPlace
if (place.compileCache !== undefined) enableCompileCache(place.compileCache)
const { serveQueries } = await import('#lake-sql/child/serve_queries')
flushCompileCache()
serveQueries(place)
