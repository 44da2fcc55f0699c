// One kind of request that the server that plays Yahoo answers. A test adds others by `serve`.

import type { Reply } from '#support/yahoo/replies'

/** The kinds of request: the login, polled quotes, history. */
export type YahooEndpoint = 'cookie' | 'crumb' | 'quote' | 'chart'

/** A request as it came. */
export interface YahooQuestion {
  /** Its path begins with the original host: /query1.finance.yahoo.com/... */
  readonly url: URL
  readonly cookie: string
}

/** Answers the requests of one kind. Faults are the server's: they come before it is asked. */
export interface YahooPart {
  readonly endpoint: YahooEndpoint
  serves(path: string): boolean
  answer(question: YahooQuestion): Reply
}
