// What is wrong with a request, or why it cannot be answered now: thrown by whoever answers it, sent as an ErrorAnswer.

/** A request that gets another answer than it asked for. The message says what is wrong, and what to ask instead. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly code: string
  /** Headers that the answer has besides. */
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, { message, headers = {} }: RequestErrorOptions) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** What a RequestError says. */
export interface RequestErrorOptions {
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The request itself is wrong: 400. */
export function wrongRequest(message: string): RequestError {
  return new RequestError(400, 'WRONG_REQUEST', { message })
}
