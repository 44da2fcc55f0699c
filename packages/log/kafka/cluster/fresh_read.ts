// Sharing a question without sharing a stale answer: callers that ask before a request is sent share it; who asks later
// gets the next one. Invariant: an answer was asked for after the call. At most one request runs and one waits.

/** Wraps a question so that concurrent callers share requests that begin after their call. */
export function freshRead<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let waiting: Promise<T> | null = null
  const next = async () => {
    await running.catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    waiting = null
    const answer = read()
    running = answer
    return answer
  }
  return () => {
    waiting ??= next()
    return waiting
  }
}
