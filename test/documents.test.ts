// The documents say nothing that is not there: links lead somewhere, and files that are named exist. Their lines stay
// short enough to be read and compared.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** How GitHub names the anchor of a heading. */
function anchorsOf(file: string): readonly string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function leadsSomewhere(from: string, target: string): boolean {
  if (/^https?:/.test(target)) return true
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : join(dirname(from), path)
  return existsSync(join(root, file)) && (anchor === undefined || anchorsOf(file).includes(anchor))
}

describe.each(documents)('%s', (file) => {
  test('has no line above 130 characters', () => {
    expect(
      read(file)
        .split('\n')
        .filter((line) => line.length > 130),
    ).toEqual([])
  })

  test('has links that lead somewhere', () => {
    const targets = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    expect(targets.filter((target) => !leadsSomewhere(file, target))).toEqual([])
  })

  test('names files that exist', () => {
    const names = [...read(file).matchAll(/`((?:bench|bin|docs|infra|packages|services|sql|test)\/[\w./-]*)`/g)]
    expect(names.map(([, name = '']) => name).filter((name) => !existsSync(join(root, name)))).toEqual([])
  })
})

test('source comments cite sections that the documents have', () => {
  const sources = execFileSync('git', ['grep', '-lE', 'docs/[a-z]+\\.md', '--', '*.ts'], { cwd: root }).toString()
  const cited = sources
    .trim()
    .split('\n')
    .flatMap((source) => [
      ...read(source).matchAll(/(docs\/[a-z]+\.md), ([A-Z][a-z ]+?)(?:, and ([A-Z][a-z ]+?))?\.$/gm),
    ])
    .flatMap(([, file = '', first = '', second]) => [first, second].flatMap((title) => (title ? [[file, title]] : [])))
  const missing = cited.filter(([file = '', title]) => !read(file).match(new RegExp(`^#+ ${title}$`, 'm')))
  expect(cited.length).toBeGreaterThan(10)
  expect(missing).toEqual([])
})
