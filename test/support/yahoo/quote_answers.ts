// The polled side of the server that plays Yahoo: a cookie, a crumb that goes with it, and quotes for both. Rows are
// those of test/fixtures/yahoo unless a test says otherwise.

import { readFileSync } from 'node:fs'
import { COOKIE, errorBody, json, page, type Reply } from '#support/yahoo/replies'
import type { YahooPart, YahooQuestion } from '#support/yahoo/yahoo_part'

/** A row of the quote answer, as it is on the wire. */
export type YahooRow = Readonly<Record<string, unknown>>

/** The rows of the fixture, by symbol. */
export const YAHOO_ROWS: Readonly<Record<string, YahooRow>> = JSON.parse(
  readFileSync(new URL('../../fixtures/yahoo/rows.json', import.meta.url), 'utf8'),
)

/** What the answers are made of, and what was asked. */
export interface QuoteAnswers {
  readonly parts: readonly YahooPart[]
  readonly asked: readonly (readonly string[])[]
  setRows(rows: readonly YahooRow[]): void
  expireCrumbs(): void
}

/** Answers that begin with the rows of the fixture. */
export function quoteAnswers(): QuoteAnswers {
  const asked: (readonly string[])[] = []
  let rows: readonly YahooRow[] = Object.values(YAHOO_ROWS)
  let crumbs = 1
  // Recognisable, so that tests can look for it where it must not be.
  const crumb = () => `s3cretCrumb.${crumbs}`
  const quotes = ({ url }: YahooQuestion): Reply => {
    if (url.searchParams.get('crumb') !== crumb()) return json(401, errorBody('Unauthorized', 'Invalid Crumb'))
    const symbols = (url.searchParams.get('symbols') ?? '').split(',')
    asked.push(symbols)
    const known = new Set(symbols)
    return json(200, { quoteResponse: { result: rows.filter((row) => known.has(String(row.symbol))), error: null } })
  }
  const crumbReply = (): Reply => ({ status: 200, body: crumb(), headers: { 'content-type': 'text/plain' } })
  return {
    parts: [
      partAt('cookie', '/finance.yahoo.com/quote/AAPL', () => page(200, 'AAPL', { 'set-cookie': COOKIE })),
      partAt('crumb', '/query1.finance.yahoo.com/v1/test/getcrumb', withCookie(crumbReply)),
      partAt('quote', '/query2.finance.yahoo.com/v7/finance/quote', withCookie(quotes)),
    ],
    asked,
    setRows(next) {
      rows = next
    },
    expireCrumbs: () => void crumbs++,
  }
}

function partAt(endpoint: YahooPart['endpoint'], path: string, answer: YahooPart['answer']): YahooPart {
  return { endpoint, serves: (asked) => asked === path, answer }
}

function withCookie(answer: YahooPart['answer']): YahooPart['answer'] {
  return (question) =>
    question.cookie.includes('A3=cookie') ? answer(question) : json(401, errorBody('Unauthorized', 'Invalid Cookie'))
}
