// The EventLog contract on the embedded log: a fresh file, opened as often as the suite asks, in this process and in
// others.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from './embedded_log_child.ts'
import { eventLogContract } from './event_log.ts'

eventLogContract('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tickerlake-log-'))
  const path = join(folder, 'log.sqlite')
  let topics = 0
  return {
    open: () => openLog(path),
    topic: (prefix) => `${prefix}-${topics++}`,
    close: () => rm(folder, { recursive: true }),
    child: { module: new URL('./embedded_log_child.ts', import.meta.url).href, argument: path },
  }
})
