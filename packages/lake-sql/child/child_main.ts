// The process that runs untrusted SQL. It has no environment, no credentials and no files but the tables'. Its caller
// kills it when its time is up. It takes compiled code from its caller's cache, and adds its own
// before it hears the first request: while it runs SQL it writes nothing there.

import { enableCompileCache, flushCompileCache } from 'node:module'

// From the first moment: Ctrl+C reaches every process of the terminal, and it is the caller who decides.
process.on('SIGINT', () => {})

const [cacheFolder] = process.argv.slice(2)
if (cacheFolder !== undefined) enableCompileCache(cacheFolder)
const { serveQueries } = await import('#lake-sql/child/serve_queries')
flushCompileCache()
serveQueries()
