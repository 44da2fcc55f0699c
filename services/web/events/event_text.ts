// Events as Server-Sent Events have them (HTML Living Standard, 9.2). JSON has no line breaks, so data is one line.

import type { Position, StreamEvents } from '#services/web/api'

/** An event that is ready to be sent, but for its id. */
export type EventText = string

/** The event with its data. */
export function eventText<E extends keyof StreamEvents>(name: E, data: StreamEvents[E]): EventText {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Events in a row, of which the last one says where whoever has got it stands. */
export function withPosition(events: readonly EventText[], position: Position): Buffer {
  const last = events.length - 1
  return Buffer.from(events.map((text, at) => (at === last ? `id: ${position}\n${text}` : text)).join(''))
}
