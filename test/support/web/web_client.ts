// The HTTP API as a client sees it: what it answers, by path.

import type {
  AlertsAnswer,
  BarsAnswer,
  ErrorAnswer,
  FlowState,
  SqlAnswer,
  SymbolsAnswer,
  TablesAnswer,
} from '#services/web/api'

interface Answers {
  '/api/symbols': SymbolsAnswer
  '/api/bars': BarsAnswer
  '/api/alerts': AlertsAnswer
  '/api/health': FlowState
  '/api/tables': TablesAnswer
}

/** An answer with its status; what it holds is of type T only when `status` is 200. */
export interface Answered<T> {
  readonly status: number
  readonly body: T & Partial<ErrorAnswer>
}

/** Asks the page's server at that origin, such as `http://127.0.0.1:8080`. */
export function webClient(origin: string) {
  return {
    async get<P extends keyof Answers>(path: P, query: Readonly<Record<string, string | number>> = {}) {
      const words = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]),
      )
      return answered<Answers[P]>(await fetch(`${origin}${path}?${words}`))
    },
    async sql(sql: string) {
      const headers = { 'content-type': 'application/json', origin }
      return answered<SqlAnswer>(
        await fetch(`${origin}/api/sql`, { method: 'POST', headers, body: JSON.stringify({ sql }) }),
      )
    },
  }
}

async function answered<T>(response: Response): Promise<Answered<T>> {
  return { status: response.status, body: (await response.json()) as Answered<T>['body'] }
}
