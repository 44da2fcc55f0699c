// The codes of errors are part of the API: the document lists each with its status.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

test('docs/web.md lists every code with its status, and no other', () => {
  const sources = globSync('services/web/**/*.ts', { cwd: root }).map(read)
  const thrown = sources.flatMap((source) => [...source.matchAll(/RequestError\((\d+), '(\w+)'/g)])
  const answered = thrown.map(([, status, code]) => `${code} ${status}`)
  const listed = [...read('docs/web.md').matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| (\d+) \|/gm)].flatMap(
    ([, codes = '', status]) => [...codes.matchAll(/\w+/g)].map(([code]) => `${code} ${status}`),
  )
  expect(listed.filter((each) => each !== 'BUG 500').sort()).toEqual([...new Set(answered)].sort())
})
