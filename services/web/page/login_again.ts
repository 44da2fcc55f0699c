// A stream that is refused does not say why. When it is because the viewer is not known any more, as after another
// WEB_TOKEN, the page is loaded anew, and the server answers with the form that asks for the token.

import { AskError, type PageContext } from './page_context.ts'

/** How often it is asked while the connection is lost. */
const ASK_EVERY_MS = 10_000

/** Looks, while the connection is lost, whether the server wants a login. */
export function loginAgain({ ask, clock, connection }: Pick<PageContext, 'ask' | 'clock' | 'connection'>): void {
  let askedAt = Number.NEGATIVE_INFINITY
  clock.second.watch(async (now) => {
    if (connection.get() !== 'lost' || now - askedAt < ASK_EVERY_MS) return
    askedAt = now
    try {
      await ask('/api/health')
    } catch (error) {
      if (error instanceof AskError && error.status === 401) location.reload()
    }
  })
}
