// The window of a copy: files of many log entries travel at the same time, ahead of the log, while the entries
// themselves are put one after another. Invariant: a step is finished only when all its files are at the target and the
// step before it is finished. A failure of a later step does not keep the steps before it from being finished.

import { copyFile, type FileCopied } from '#table-copy/files/copy_file'
import type { NamedFile } from '#table-copy/files/entry_files'
import { COPY_PARTS_HELD } from '#table-copy/limits'
import { type CopyWork, tellProgress } from '#table-copy/pass/work'

/** Some files, and what follows once they are there: mostly a log entry. */
export interface CopyStep {
  readonly files: readonly NamedFile[]
  /** What is held of it in memory besides its files: a log entry. */
  readonly bytes: number
  finish(): Promise<void>
}

/** Goes through the steps. Throws the failure of the first step that failed, when nothing is at work any more. */
export async function runWindow(work: CopyWork, steps: AsyncIterable<CopyStep>): Promise<void> {
  const window = new Window(work)
  try {
    await window.run(steps)
  } finally {
    await window.settled()
  }
}

class Window {
  readonly #work: CopyWork
  /** By key: two entries may name one file. */
  readonly #travelling = new Map<string, Promise<FileCopied>>()
  #failed = false

  constructor(work: CopyWork) {
    this.#work = work
  }

  async run(steps: AsyncIterable<CopyStep>): Promise<void> {
    const { entries } = this.#work.room
    let last: Promise<void> = Promise.resolve()
    try {
      for await (const step of steps) {
        const place = await entries.enter(step.bytes)
        // What comes after a failure is never finished, so it need not begin.
        if (this.#failed) {
          entries.leave(place)
          break
        }
        const files = await this.#begin(step.files)
        last = this.#noted(this.#finished(step, { before: last, files }).finally(() => entries.leave(place)))
      }
    } finally {
      // Also when there is no next step: those before it come to their end, and their failure comes first.
      await last
    }
  }

  /** Resolves when no file is under way any more. */
  async settled(): Promise<void> {
    this.#failed = true
    await Promise.allSettled(this.#travelling.values())
  }

  /** Starts the files as there is room for them; all of them, or up to a failure, which is among the promises then. */
  async #begin(files: readonly NamedFile[]): Promise<readonly Promise<FileCopied>[]> {
    const room = this.#work.room.files
    const copies: Promise<FileCopied>[] = []
    for (const file of files) {
      const taken = await room.enter(this.#heldOf(file))
      if (this.#failed) {
        room.leave(taken)
        break
      }
      copies.push(this.#noted(this.#travel(file).finally(() => room.leave(taken))))
    }
    return copies
  }

  async #finished(
    step: CopyStep,
    { before, files }: { readonly before: Promise<void>; readonly files: readonly Promise<FileCopied>[] },
  ): Promise<void> {
    await before
    await Promise.all(files)
    if (files.length < step.files.length) throw new Error('a step was begun in part and yet nothing failed before it')
    await step.finish()
  }

  async #travel(file: NamedFile): Promise<FileCopied> {
    const known = this.#travelling.get(file.key)
    if (known !== undefined) {
      const { bytes } = await known
      return this.#counted(file, { outcome: 'there', bytes })
    }
    const copy = copyFile(this.#work, file)
    this.#travelling.set(file.key, copy)
    try {
      return this.#counted(file, await copy)
    } finally {
      this.#travelling.delete(file.key)
    }
  }

  #counted(file: NamedFile, copied: FileCopied): FileCopied {
    const { tally, progress } = this.#work
    if (copied.outcome === 'there') tally.skippedFiles++
    else {
      tally.files++
      tally.bytes += copied.bytes
    }
    progress.files++
    progress.bytes += file.size ?? 0
    tellProgress(this.#work)
    return copied
  }

  /** A large file is held in parts. */
  #heldOf({ size }: NamedFile): number {
    const { partBytes } = this.#work.limits
    return Math.min(size ?? partBytes, COPY_PARTS_HELD * partBytes)
  }

  /** Its failure stops what has not begun; whoever awaits it hears of it, and nobody else. */
  #noted<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {
      this.#failed = true
    })
    return promise
  }
}
