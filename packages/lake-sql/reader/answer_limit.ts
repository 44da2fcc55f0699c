// How long a message may be waited for. After a process has stood still, its timers run before its messages are read:
// an answer that came in time must not be taken for one that is missing.

/**
 * Calls `over` after so long, unless it is cancelled by then; messages that have arrived meanwhile are read before.
 * Returns what cancels it.
 */
export function limitAnswer(ms: number, over: () => void): () => void {
  let turn: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    turn = setImmediate(over)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
