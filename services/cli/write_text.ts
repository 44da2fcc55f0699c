// Text to a stream, no faster than its reader takes it.

import type { Writable } from 'node:stream'
import type { WriteText } from '#lake-sql/print_result'

/** Writes to the stream; resolves when more may come, with false when its reader has gone. */
export function textWriter(stream: Writable): WriteText {
  return async (text) => {
    if (!stream.writable) return false
    if (stream.write(text)) return true
    return new Promise((resolve) => {
      const settle = (open: boolean) => () => {
        stream.off('drain', drained).off('close', closed).off('error', closed)
        resolve(open)
      }
      const drained = settle(true)
      const closed = settle(false)
      stream.once('drain', drained).once('close', closed).once('error', closed)
    })
  }
}
