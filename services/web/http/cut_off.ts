// The way to end an answer that cannot be completed: its connection is cut, and the client knows that it has not all.

import type { ServerResponse } from 'node:http'

const answers = new WeakMap<Request, ServerResponse>()

/** To be told of each request with its answer. */
export function rememberAnswer(request: Request, answer: ServerResponse): void {
  answers.set(request, answer)
}

/** Cuts the connection of a request in the middle of its answer. */
export function cutOff(request: Request): void {
  answers.get(request)?.destroy()
}
