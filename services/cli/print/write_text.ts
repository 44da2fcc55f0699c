// Text to a stream, no faster than its reader takes it.

import type { Writable } from 'node:stream'
import type { WriteText } from '#lake-sql/print_result'

/**
 * Writes to the stream; resolves when more may come, with false when its reader has gone. Once the signal aborts it
 * waits for no reader: whoever was told to stop finds that out where the text comes from.
 */
export function textWriter(stream: Writable, signal: AbortSignal): WriteText {
  return async (text) => {
    if (!stream.writable) return false
    if (stream.write(text) || signal.aborted) return true
    return new Promise((resolve) => {
      const settle = (open: boolean) => () => {
        stream.off('drain', goOn).off('close', closed).off('error', closed)
        signal.removeEventListener('abort', goOn)
        resolve(open)
      }
      const goOn = settle(true)
      const closed = settle(false)
      stream.once('drain', goOn).once('close', closed).once('error', closed)
      signal.addEventListener('abort', goOn)
    })
  }
}
