// The queries of sql/examples, to begin with.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withoutLeadingComments } from '#lake-sql/statement'
import type { TablesAnswer } from '#services/web/api'

const FOLDER = join(import.meta.dirname, '../../../sql/examples')

/** Each with what its file says of it before the first full stop or colon, and its statement. */
export async function readExamples(): Promise<TablesAnswer['examples']> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map(async (name) => exampleOf(await readFile(join(FOLDER, name), 'utf8'))))
}

function exampleOf(text: string): TablesAnswer['examples'][number] {
  const sql = withoutLeadingComments(text).trim()
  const words = text
    .slice(0, text.indexOf(sql))
    .replace(/^\s*--\s?/gm, '')
    .replace(/\s+/g, ' ')
  return { title: /^[^.:]+/.exec(words)?.[0]?.trim() ?? '', sql }
}
