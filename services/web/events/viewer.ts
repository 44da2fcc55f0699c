// One open event stream. It is pulled: the server asks for more when its socket has room, and only then is anything
// made ready here. So whoever reads slowly, or never, is owed nothing but what has changed by the time it asks again.

import type { EpochMs } from '#runtime/units'
import type { Told } from '#services/web/events/tick_frames'

/** How a viewer begins and ends. */
export interface ViewerOptions {
  /** What it is sent first of all. */
  readonly first: Uint8Array
  readonly now: EpochMs
  /** Called once, when the client has gone or was let go. */
  readonly onGone: () => void
}

/** A viewer of the stream. */
export class Viewer {
  readonly told: Told
  readonly stream: ReadableStream<Uint8Array>
  /** When something was sent last. */
  sentAt: EpochMs
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #asked = Promise.withResolvers<void>()
  #isAsking = false
  readonly #onGone: () => void

  constructor(told: Told, { first, now, onGone }: ViewerOptions) {
    this.told = told
    this.sentAt = now
    this.#onGone = onGone
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller
          controller.enqueue(first)
        },
        pull: () => this.#pull(),
        cancel: () => this.#leave(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Whether its socket has room: `send` may be called once. */
  get isAsking(): boolean {
    return this.#isAsking
  }

  send(pieces: readonly Uint8Array[], now: EpochMs): void {
    for (const piece of pieces) this.#controller?.enqueue(piece)
    this.sentAt = now
    this.#isAsking = false
    this.#asked.resolve()
  }

  /** Ends the stream; the page comes back by itself. */
  close(): void {
    try {
      this.#controller?.close()
    } catch {
      // The client was faster.
    }
    this.#leave()
  }

  #pull(): Promise<void> {
    this.#asked = Promise.withResolvers()
    this.#isAsking = true
    return this.#asked.promise
  }

  #leave(): void {
    if (this.#controller === null) return
    this.#controller = null
    this.#isAsking = false
    this.#asked.resolve()
    this.#onGone()
  }
}
