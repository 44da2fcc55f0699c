// Equal questions at the same time are answered once. The work stops when all who asked have left, and only so many
// different questions are at work or wait.

import { PlatformError } from '#runtime/errors'
import { ANSWER_MS_MAX, QUESTIONS_MAX } from '#services/web/history/limits'
import { RequestError } from '#services/web/request_error'

interface Work<T> {
  readonly answer: Promise<T>
  readonly stop: AbortController
  askers: number
}

/** Answers under way, by their question. */
export class SharedAnswers<T> {
  readonly #work = new Map<string, Work<T>>()

  /** How many different questions are under way. */
  get size(): number {
    return this.#work.size
  }

  /**
   * The answer to the question. Throws STOPPED when the asker's signal aborts, a RequestError when there are too many
   * questions or it takes too long, and what the work throws.
   */
  async ask(question: string, signal: AbortSignal, answer: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) throw left()
    const work = this.#work.get(question) ?? this.#begin(question, answer)
    work.askers++
    let onAbort = () => {}
    const leaving = new Promise<never>((_, reject) => {
      onAbort = () => reject(left())
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([work.answer, leaving])
    } finally {
      signal.removeEventListener('abort', onAbort)
      if (--work.askers === 0) this.#end(question, work)
    }
  }

  #begin(question: string, answer: (signal: AbortSignal) => Promise<T>): Work<T> {
    if (this.#work.size >= QUESTIONS_MAX) throw busy()
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(tooSlow()), ANSWER_MS_MAX)
    const work = { answer: untilStopped(answer, stop.signal).finally(() => clearTimeout(timer)), stop, askers: 0 }
    // Those who ask hear of it; when all have left, nobody does.
    work.answer.catch(() => {})
    this.#work.set(question, work)
    return work
  }

  #end(question: string, work: Work<T>): void {
    if (this.#work.get(question) === work) this.#work.delete(question)
    work.stop.abort(left())
  }
}

/** What stops it is what it fails with, whatever the work makes of that and whenever. */
function untilStopped<T>(answer: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    answer(signal).then(resolve, reject)
  })
}

function left(): PlatformError {
  return new PlatformError('STOPPED', 'whoever asked has left')
}

function busy(): RequestError {
  const message = `${QUESTIONS_MAX} questions to the tables wait already; ask again in a second`
  return new RequestError(503, 'BUSY', { message, headers: { 'retry-after': '1' } })
}

function tooSlow(): RequestError {
  const message = `the tables gave no answer within ${ANSWER_MS_MAX / 1000} s; ask again later, or for a shorter range`
  return new RequestError(503, 'TOO_SLOW', { message, headers: { 'retry-after': '5' } })
}
