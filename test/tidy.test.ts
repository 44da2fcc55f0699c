// The hard rules of the code base that no linter has: what may stand where, and that nothing is without a test.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '#runtime/errors'

const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const sources = files.filter((file) => /^(packages|services)\/.*\.ts$/.test(file))
const ours = files.filter(
  (file) => /\.(ts|js|sh|sql|ya?ml|json|md)$|Dockerfile$|^\.ci\//.test(file) && file !== 'package-lock.json',
)

/** Lines of a file that match, without its comments, as `file:line: text`. */
function linesOf(file: string, pattern: RegExp): string[] {
  return read(file)
    .split('\n')
    .map((text, index) => ({ text, at: `${file}:${index + 1}: ${text.trim()}` }))
    .filter(({ text }) => pattern.test(text) && !/^\s*(\/\/|\*|\/\*)/.test(text))
    .map(({ at }) => at)
}

test('no line of code or comment is longer than 120 characters', () => {
  const code = ours.filter((file) => /\.(ts|js|sh)$/.test(file))
  const tooLong = (file: string) =>
    read(file)
      .split('\n')
      .flatMap((text, index) => (/^.{121,}$/u.test(text) ? [`${file}:${index + 1}: ${text.trim()}`] : []))
  expect(code.flatMap(tooLong)).toEqual([])
})

test('every source file begins by saying what it is', () => {
  expect(
    [...sources, ...files.filter((file) => /^bench\/.*\.ts$/.test(file))].filter(
      (file) => !/^(#!.*\n)?(\/\/|\/\*\*)/.test(read(file)),
    ),
  ).toEqual([])
})

test('no file is named after nothing in particular', () => {
  expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|manager|handler|base|misc)(\.|\/)/i.test(file))).toEqual(
    [],
  )
})

describe('time, randomness and the environment are handed in', () => {
  const allowed: [RegExp, readonly string[]][] = [
    [/\bprocess\.env\b/, ['services/cli/main.ts']],
    [/\bDate\.now\b/, ['packages/runtime/clock.ts']],
    [/new Date\(\)/, []],
    [/\bMath\.random\b/, ['services/cli/main.ts']],
    [
      /\brandomUUID\b/,
      // The embedded log names itself, its members and leases; a process cannot be handed its own identity.
      ['services/cli/main.ts', 'packages/log/embedded/embedded_log.ts', 'packages/log/embedded/process_identity.ts'],
    ],
  ]
  test.each(allowed)('%s stands only where it may', (pattern, exceptions) => {
    const checked = sources.filter((file) => !exceptions.includes(file))
    expect(checked.flatMap((file) => linesOf(file, pattern))).toEqual([])
  })
})

/** What does no I/O: it is handed what it works on. */
const PURE_FOLDERS = [
  'packages/market',
  'packages/delta',
  'services/stream/alerts',
  'services/stream/partition',
  'services/stream/state',
  'services/stream/topology',
  'services/stream/windows',
]

describe('pure folders do no I/O', () => {
  const isPure = (file: string) => PURE_FOLDERS.some((folder) => file.startsWith(`${folder}/`))

  test.each(sources.filter(isPure))('%s', (file) => {
    const log = '#log/(?!event_log|topic_partition)'
    const io = new RegExp(`from '(node:(?!crypto')|kafkajs|@aws-sdk/|@duckdb/|pino|${log})[^']*'`)
    expect(linesOf(file, io).filter((line) => !/import type/.test(line))).toEqual([])
  })

  test('the market package imports nothing but units', () => {
    const market = sources.filter((file) => file.startsWith('packages/market/'))
    expect(market.flatMap((file) => linesOf(file, /from '(?!#market\/|#runtime\/units')/))).toEqual([])
  })
})

test('packages know nothing of services', () => {
  const packages = sources.filter((file) => file.startsWith('packages/'))
  expect(packages.flatMap((file) => linesOf(file, /from '#services\//))).toEqual([])
})

/** Entry files of child processes: reached by being run. */
const CHILDREN = ['packages/lake-sql/child/child_main.ts']

test('every source file is reached by a test', () => {
  const reached = new Set<string>(CHILDREN)
  const starts = [...files.filter((file) => /^test\/.*\.ts$/.test(file)), 'bin/tickerlake.js', ...CHILDREN]
  while (starts.length > 0) visit(starts.pop() as string)
  function visit(file: string): void {
    for (const [, target] of read(file).matchAll(/(?:from|import\()\s*'([#.][^']+)'/g)) {
      const path = target?.startsWith('#') ? pathOf(target) : join(dirname(file), target ?? '')
      if (path === undefined || reached.has(path) || !existsSync(join(root, path))) continue
      reached.add(path)
      starts.push(path)
    }
  }
  expect(sources.filter((file) => !reached.has(file))).toEqual([])
})

const importMap = JSON.parse(read('package.json')).imports as Record<string, string>

function pathOf(specifier: string): string | undefined {
  for (const [from, to] of Object.entries(importMap)) {
    const prefix = from.slice(0, -1)
    if (specifier.startsWith(prefix)) return to.replace('*', specifier.slice(prefix.length)).replace(/^\.\//, '')
  }
  return undefined
}

test('docs/operations.md lists every error code', () => {
  const listed = read('docs/operations.md')
  expect(Object.keys(ERROR_CODES).filter((code) => !listed.includes(`\`${code}\``))).toEqual([])
})

test('every error code is thrown somewhere', () => {
  const text = sources
    .filter((file) => file !== 'packages/runtime/errors.ts')
    .map(read)
    .join('\n')
  expect(Object.keys(ERROR_CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([])
})

test('dependencies are pinned exactly and named in the README', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }) as [string, string][]
  expect(all.filter(([, version]) => !/^\d/.test(version))).toEqual([])
  const readme = read('README.md')
  expect(Object.keys(dependencies).filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})

test('the lock file names no registry', () => {
  expect(read('package-lock.json')).not.toMatch(/"resolved":/)
})
