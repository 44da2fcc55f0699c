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
    // See timeLimit in packages/runtime/clock.ts. A browser has no clock of ours.
    [/\bAbortSignal\.timeout\(/, ['services/web/page/ask.ts']],
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
  'packages/calendar',
  'packages/delta',
  'packages/table-copy',
  'services/stream',
]

/** The files in them that meet the outside. */
const STREAM_SHELL: readonly string[] = [
  'services/stream/alert_rules_file.ts',
  'services/stream/config.ts',
  'services/stream/console/alert_sink.ts',
  'services/stream/snapshot/state_snapshot_store.ts',
  'services/stream/stream.ts',
]

describe('pure folders do no I/O', () => {
  const isPure = (file: string) =>
    PURE_FOLDERS.some((folder) => file.startsWith(`${folder}/`)) && !STREAM_SHELL.includes(file)

  test.each(sources.filter(isPure))('%s', (file) => {
    const log = '#log/(?!event_log|topic_partition)'
    const io = new RegExp(`from '(node:(?!(crypto|zlib)')|kafkajs|@aws-sdk/|@duckdb/|pino|${log})[^']*'`)
    expect(linesOf(file, io).filter((line) => !/import type/.test(line))).toEqual([])
  })

  test('the market package imports nothing but units', () => {
    const market = sources.filter((file) => file.startsWith('packages/market/'))
    expect(market.flatMap((file) => linesOf(file, /from '(?!#market\/|#runtime\/units')/))).toEqual([])
  })
})

/** Any package, and the settings that services share. */
const SHARED = ['packages/*', 'services/bar_settings', 'services/calendar_settings', 'services/decoder_settings']

/** What each room may import of ours, besides itself: so no arrow goes from packages to services, or round. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/compression': [],
  'packages/runtime': [],
  'packages/market': ['packages/runtime'],
  'packages/calendar': ['packages/market', 'packages/runtime'],
  'packages/object-store': ['packages/runtime'],
  'packages/parquet-bytes': ['packages/compression'],
  'packages/log': ['packages/compression', 'packages/runtime'],
  'packages/delta': ['packages/object-store', 'packages/parquet-bytes', 'packages/runtime'],
  'packages/table-copy': ['packages/delta', 'packages/object-store', 'packages/parquet-bytes', 'packages/runtime'],
  'packages/duckdb': ['packages/delta', 'packages/runtime'],
  'packages/lake-sql': ['packages/delta', 'packages/duckdb', 'packages/object-store', 'packages/runtime'],
  'packages/lake': ['packages/*'],
  'services/bar_settings': ['packages/market', 'packages/runtime'],
  'services/calendar_settings': ['packages/calendar', 'packages/runtime'],
  'services/decoder_settings': ['packages/market', 'packages/runtime'],
  'services/producer': SHARED,
  'services/stream': SHARED,
  'services/writer': SHARED,
  'services/backfill': [...SHARED, 'services/producer'],
  'services/copy': SHARED,
  'services/redrive': SHARED,
  'services/audit': [...SHARED, 'services/stream', 'services/writer'],
  'services/web': [...SHARED, 'services/stream', 'services/writer'],
  'services/platform': [
    ...SHARED,
    'services/backfill',
    'services/producer',
    'services/stream',
    'services/writer',
    'services/web',
  ],
  'services/cli': ['packages/*', 'services/*'],
}

/** What others may import of a room besides the files right in its folder. All else in its folders is its own. */
const FACES: readonly string[] = [
  'packages/delta/checkpoint/last_checkpoint.ts',
  'packages/delta/checkpoint/reader.ts',
  'packages/delta/clone/create_clone.ts',
  'packages/delta/clone/origin.ts',
  'packages/delta/data_file/identity.ts',
  'packages/delta/data_file/new_path.ts',
  'packages/delta/data_file/path.ts',
  'packages/delta/data_file/statistics.ts',
  'packages/delta/deletion_vector/deletion_vector.ts',
  'packages/delta/deletion_vector/vector_file.ts',
  'packages/delta/log/actions.ts',
  'packages/delta/log/entry.ts',
  'packages/delta/log/listing.ts',
  'packages/delta/log/reader.ts',
  'packages/delta/schema/column_mapping.ts',
  'packages/delta/schema/partition_value.ts',
  'packages/delta/schema/schema.ts',
  'packages/delta/schema/type_widening.ts',
  'packages/lake-sql/reader/lake_reader.ts',
  'packages/lake/gaps/generated_tables.ts',
  'packages/log/embedded/embedded_log.ts',
  'packages/log/kafka/kafka_log.ts',
  'packages/market/decoding/decoder.ts',
  'packages/market/decoding/fields.ts',
  'packages/market/decoding/instant.ts',
  'packages/market/decoding/quote_view.ts',
  'packages/market/decoding/scanning_decoder.ts',
  'packages/market/decoding/symbol_finder.ts',
  'packages/market/decoding/time_zone.ts',
  'packages/market/decoding/timestamp.ts',
  'packages/market/history/corporate_action.ts',
  'packages/market/history/history_bar.ts',
  'packages/market/history/history_day.ts',
  'packages/runtime/console/console.ts',
  'packages/runtime/console/console_lines.ts',
  'packages/runtime/console/display_text.ts',
  'packages/runtime/files/atomic_file.ts',
  'packages/runtime/files/json_object.ts',
  'packages/runtime/files/make_folders.ts',
  'packages/runtime/files/place_watch.ts',
  'packages/runtime/files/text_file.ts',
  'packages/runtime/processes/is_running.ts',
  'services/producer/sources/create_source.ts',
  'services/stream/partition/commit_metadata.ts',
  'services/stream/partition/forced_closings.ts',
  'services/stream/state/partition_state.ts',
  'services/stream/topology/advance.ts',
  'services/stream/topology/arrival.ts',
  'services/writer/commit/txn_progress.ts',
  'services/writer/staging/staged_rows.ts',
]

describe('imports', () => {
  const edges = sources.flatMap((file) => importsOf(file).map((target) => ({ file, target })))
  const between = edges.filter(({ file, target }) => roomOf(file) !== roomOf(target))

  test('every room is known', () => {
    expect(new Set(sources.map(roomOf)).difference(new Set(Object.keys(MAY_IMPORT)))).toEqual(new Set())
  })

  test('go from room to room as MAY_IMPORT says', () => {
    const may = (file: string, target: string) =>
      MAY_IMPORT[roomOf(file)]?.some((room) => room === roomOf(target) || room === `${target.split('/')[0]}/*`)
    expect(between.filter(({ file, target }) => !may(file, target))).toEqual([])
  })

  test('reach into no room deeper than its face', () => {
    const isFace = (target: string) => target.split('/').length <= 3 || FACES.includes(target)
    expect(between.filter(({ target }) => !isFace(target))).toEqual([])
    expect(FACES.filter((face) => !between.some(({ target }) => target === face))).toEqual([])
  })

  test('make no circle', () => {
    expect(
      circlesOf(new Map(files.filter((file) => file.endsWith('.ts')).map((file) => [file, importsOf(file)]))),
    ).toEqual([])
  })
})

/** `packages/delta`, `services/cli`, and so on; a file right in services is a room by itself. */
function roomOf(file: string): string {
  return file.split('/').slice(0, 2).join('/').replace(/\.ts$/, '')
}

/** The files of ours that a file imports, types included. */
function importsOf(file: string): string[] {
  const specifiers = [...read(file).matchAll(/(?:from|import\()\s*'([#.][^']+)'/g)].map(
    ([, target]) => target as string,
  )
  const paths = specifiers.map((target) => (target.startsWith('#') ? pathOf(target) : join(dirname(file), target)))
  return paths.filter((path) => path !== undefined && existsSync(join(root, path))) as string[]
}

/** The ways round from a file back to itself. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const finished = new Set<string>()
  const circles: string[] = []
  for (const file of graph.keys()) walk(file, [])
  return circles
  function walk(file: string, way: readonly string[]): void {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '))
    if (finished.has(file) || way.includes(file)) return
    for (const target of graph.get(file) ?? []) walk(target, [...way, file])
    finished.add(file)
  }
}

/** More than a reader takes in at a glance. */
const FOLDER_FILES_MAX = 14

test('no folder holds more files than a reader takes in at a glance', () => {
  const counts = Map.groupBy([...sources, ...files.filter((file) => file.startsWith('test/support/'))], dirname)
  expect([...counts].filter(([, held]) => held.length > FOLDER_FILES_MAX).map(([folder]) => folder)).toEqual([])
})

test('what is private is private at run time', () => {
  const code = files.filter((file) => /^(packages|services|test|bench)\/.*\.ts$/.test(file))
  expect(code.flatMap((file) => linesOf(file, /^\s*private |\bthis\._/))).toEqual([])
  expect(sources.flatMap((file) => linesOf(file, /^\s*protected /))).toEqual([])
})

/** Entry files of child processes and of the page: reached by being run. */
const CHILDREN = [
  'packages/lake-sql/reader/reader_child.ts',
  'packages/lake-sql/child/child_main.ts',
  'services/web/http/strip_types_child.ts',
  'services/web/page/app.ts',
]

test('every source file is reached by a test', () => {
  const reached = new Set<string>(CHILDREN)
  const starts = [...files.filter((file) => /^test\/.*\.ts$/.test(file)), 'bin/tickerlake.js', ...CHILDREN]
  while (starts.length > 0) visit(starts.pop() as string)
  function visit(file: string): void {
    for (const path of importsOf(file).filter((target) => !reached.has(target))) {
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

test.each(['package-lock.json', 'test/support/azurite/package-lock.json'])('%s names no registry', (lockFile) => {
  expect(read(lockFile)).not.toMatch(/"resolved":/)
})
