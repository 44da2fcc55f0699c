// A child process that takes the types out of TypeScript. What Node loads for that is 40 MB, which no service should
// keep for something that it does once.

import { stripTypeScriptTypes } from 'node:module'

/** Sources by path come in, the same without types go out, and the child ends. */
process.once('message', (sources: Readonly<Record<string, string>>) => {
  const stripped = Object.entries(sources).map(([path, source]) => [path, stripTypeScriptTypes(source)])
  process.send?.(Object.fromEntries(stripped), () => process.disconnect())
})
