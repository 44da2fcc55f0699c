// A reader of the event stream: takes piece after piece, at once or when it is told to, and knows the events of them.

import type { StreamEvents } from '#services/web/api'

/** An event as a page gets it. */
export interface ReceivedEvent<E extends keyof StreamEvents = keyof StreamEvents> {
  readonly name: E
  readonly data: StreamEvents[E]
  /** The id that a page would go on from after this event. */
  readonly lastId: string
}

/** Reads a stream. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  /** What has come, as text. */
  text = ''
  bytes = 0
  ended = false

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader()
  }

  /** The events in the text. */
  get events(): ReceivedEvent[] {
    return eventsIn(this.text)
  }

  /** Takes the next piece when it comes. */
  async take(): Promise<void> {
    const { done, value } = await this.#reader.read()
    if (done) this.ended = true
    else this.#hear(value)
  }

  /** Takes all that come, until the end. */
  async takeAll(): Promise<void> {
    while (!this.ended) await this.take()
  }

  /** Goes away. */
  leave(): Promise<void> {
    return this.#reader.cancel()
  }

  /** The data of all events of that name. */
  of<E extends keyof StreamEvents>(name: E): StreamEvents[E][] {
    return this.events.flatMap((event) => (event.name === name ? [event.data as StreamEvents[E]] : []))
  }

  #hear(piece: Uint8Array): void {
    this.bytes += piece.length
    this.text += Buffer.from(piece).toString('utf8')
  }
}

/** The whole events in a text, as the HTML standard has them be read. */
export function eventsIn(text: string): ReceivedEvent[] {
  const events: ReceivedEvent[] = []
  let lastId = ''
  for (const block of text.split('\n\n').slice(0, -1)) {
    const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
    lastId = fields.get('id') ?? lastId
    const [name, data] = [fields.get('event'), fields.get('data')]
    if (name !== undefined && data !== undefined) {
      events.push({ name: name as keyof StreamEvents, data: JSON.parse(data), lastId })
    }
  }
  return events
}
