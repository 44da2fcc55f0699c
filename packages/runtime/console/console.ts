// The process's console, the one owner of what happens to stdout and stderr. Lines for people never hold up the work:
// what an idle reader leaves beyond CONSOLE_BYTES_MAX is dropped and counted. Data, such as a query's result, goes to
// the stream itself at its reader's pace and is never dropped. When nobody can read any more, the owner's `onGone` is
// told, once.

import type { Writable } from 'node:stream'
import { pipeLook } from '#runtime/console/pipe_reader'
import { messageOf } from '#runtime/errors'

/** How many bytes of lines may wait for a reader. */
export const CONSOLE_BYTES_MAX = 1024 * 1024

/** How often a service that says nothing looks whether its reader is still there. */
export const CONSOLE_CHECK_MS = 2_000

/** How long the last lines may take to reach a slow reader once the command was asked to end. */
export const CONSOLE_FLUSH_MAX_MS = 1_000

const STDOUT = 1

/** Why nobody can read any more: the reader left, which is its right, or the output cannot be written. */
export type ConsoleLoss = { readonly kind: 'closed' } | { readonly kind: 'unwritable'; readonly reason: string }

/** What a console stands on. */
export interface ConsoleOptions {
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable
  readonly onGone: (loss: ConsoleLoss) => void
}

/** Where lines for people go. */
export interface LineConsole {
  /** Writes a line, without its end, unless too many wait for their reader already. */
  print(line: string): void
}

/** What a write to a pipe, a socket or a terminal fails with when there is nobody at the other end. */
const READER_LEFT = new Set(['EPIPE', 'ECONNRESET', 'ENXIO'])

/** The console of a process. It takes over the `error` events of both streams. */
export class ProcessConsole implements LineConsole {
  readonly #options: ConsoleOptions
  #loss: ConsoleLoss | undefined
  #dropped = 0

  constructor(options: ConsoleOptions) {
    this.#options = options
    options.stdout.on('error', (error) => this.#failed(error))
    // Nobody can be told that stderr is gone, and nothing is lost with it.
    options.stderr.on('error', () => {})
  }

  /** Why nobody can read stdout any more; undefined while somebody may. */
  get loss(): ConsoleLoss | undefined {
    return this.#loss
  }

  print(line: string): void {
    this.write(`${line}\n`)
  }

  /** The same for text that ends its lines itself, as a logger's does. */
  write(text: string): void {
    const { stdout } = this.#options
    if (this.#loss !== undefined) return
    if (stdout.writableLength + text.length > CONSOLE_BYTES_MAX) {
      this.#dropped++
      return
    }
    if (this.#dropped > 0) this.#tellDropped()
    stdout.write(text)
  }

  /** Looks now and then whether stdout is a pipe that nobody reads. Call the result to stop. */
  watch(): () => void {
    const hasReaderLeft = pipeLook(STDOUT)
    const timer = setInterval(() => {
      // A line that waits for its reader fails by itself.
      if (this.#options.stdout.writableLength > 0 || this.#loss !== undefined) return
      if (hasReaderLeft()) this.#lose({ kind: 'closed' })
    }, CONSOLE_CHECK_MS)
    timer.unref()
    return () => clearInterval(timer)
  }

  /** Resolves when all that was written has been taken: after the signal's abort, within CONSOLE_FLUSH_MAX_MS. */
  async flush(signal: AbortSignal): Promise<void> {
    if (this.#dropped > 0) this.#tellDropped()
    const giveUp = Promise.withResolvers<void>()
    const hurry = () => void setTimeout(giveUp.resolve, CONSOLE_FLUSH_MAX_MS)
    if (signal.aborted) hurry()
    else signal.addEventListener('abort', hurry, { once: true })
    await Promise.race([Promise.all([taken(this.#options.stdout), taken(this.#options.stderr)]), giveUp.promise])
  }

  #tellDropped(): void {
    const lines = this.#dropped === 1 ? '1 line is' : `${this.#dropped.toLocaleString('en-US')} lines are`
    this.#dropped = 0
    this.#options.stdout.write(`(${lines} missing here: the reader of this output was too slow)\n`)
  }

  #failed(error: NodeJS.ErrnoException): void {
    // A terminal that was closed answers with EIO.
    const hasLeft = READER_LEFT.has(error.code ?? '') || (error.code === 'EIO' && this.#options.stdout.isTTY === true)
    this.#lose(hasLeft ? { kind: 'closed' } : { kind: 'unwritable', reason: messageOf(error) })
  }

  #lose(loss: ConsoleLoss): void {
    if (this.#loss !== undefined) return
    this.#loss = loss
    this.#options.onGone(loss)
  }
}

function taken(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve())
    else resolve()
  })
}
