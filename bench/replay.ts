// A recording published by `tickerlake produce`: each line once, its position in the same transaction. The file is made
// before.

import { join } from 'node:path'
import type { Env } from '#runtime/settings'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { loadOf, writeRecording } from './quotes.ts'
import { onEmptyPlatform, tickerlake } from './tickerlake.ts'
import { type Figures, figuresOf, runWhole } from './whole_process.ts'

/** Replays so many quotes to the embedded log, and to Kafka where there is one. */
export async function replays(brokers: string | null, quotes: number, shape: Env): Promise<object> {
  const folder = newFolder()
  try {
    const [file, empty] = [join(folder, 'quotes.ndjson'), join(folder, 'one.ndjson')]
    await writeRecording(loadOf(shape), quotes, file)
    await writeRecording(loadOf(shape), 1, empty)
    const embedded = await replayed(null)
    return { embedded, kafka: brokers === null ? null : await replayed(brokers) }

    function replayed(to: string | null): Promise<Figures> {
      return onEmptyPlatform(to, async (env) => {
        const source = { SOURCE: 'replay', SOURCE_POSITION: 'start' }
        const produce = (recording: string) =>
          runWhole(tickerlake(['produce'], { ...env, ...source, REPLAY_FILE: recording }))
        await produce(empty)
        const idle = await produce(empty)
        return figuresOf(await produce(file), quotes, idle)
      })
    }
  } finally {
    removeFolder(folder)
  }
}
