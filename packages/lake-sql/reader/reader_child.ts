// The process that runs our own statements over the tables' files. It has no environment and no credentials. It takes
// compiled code from its caller's cache.

import { enableCompileCache, flushCompileCache } from 'node:module'
import type { ReaderPlace } from '#lake-sql/reader/read_messages'

// Ctrl+C reaches every process of the terminal, and it is the caller who decides.
process.on('SIGINT', () => {})

const place = JSON.parse(process.argv[2] as string) as ReaderPlace
if (place.compileCache !== undefined) enableCompileCache(place.compileCache)
const { serveReads } = await import('#lake-sql/reader/serve_reads')
flushCompileCache()
serveReads(place)
