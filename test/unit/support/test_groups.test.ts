import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '#support/temporary_folder'
import { testGroups } from '#support/test_groups'

const ROOT = join(import.meta.dirname, '../../..')

test.each([
  ["import { deletePlatformTopics } from '#support/log/platform_topics'", true],
  ["import { describeWithBrowser } from '#support/web/browser'", true],
  ["import { startOwnKafka } from '#support/services/own_kafka'", true],
  ["import { uniqueName } from '#support/services/services'", false],
  ["import { startTickerlake } from '#support/start_tickerlake'", false],
])('a file with %s runs alone: %s', (line, isAlone) => {
  const root = temporaryFolder()
  mkdirSync(join(root, 'test/e2e'), { recursive: true })
  writeFileSync(join(root, 'test/e2e/some.test.ts'), `${line}\n`)
  const { alone, processes } = testGroups(root)
  expect(alone.include).toEqual(isAlone ? ['test/e2e/some.test.ts'] : [])
  expect(processes.exclude).toEqual(alone.include)
})

test('the files that share something are found here', () => {
  const { alone } = testGroups(ROOT)
  expect(alone.include).toEqual(
    expect.arrayContaining(['test/e2e/cluster.test.ts', 'test/promises/stream_survives_kills.test.ts']),
  )
})

test('a moved clock leaves out only files that there are', () => {
  const left = testGroups(ROOT, { isClockMoved: true }).alone.exclude
  expect(left.length).toBeGreaterThan(0)
  expect(left.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})
