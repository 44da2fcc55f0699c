import { expect, test } from 'vitest'
import { copyCommand } from '#services/cli/commands/tables/copy'
import { readCopyWish } from '#services/cli/copy/copy_words'
import { parseWords } from '#services/cli/parse_words'

const wishOf = (...words: string[]) => readCopyWish(parseWords(copyCommand, words))

function faultOf(...words: string[]): string {
  try {
    wishOf(...words)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the words were taken')
}

test('a table is copied from its place to another', () => {
  const plain = { work: 'copy', isAll: false, version: undefined, asJson: false }
  expect(wishOf('stocks', '/backup/stocks')).toEqual({ ...plain, source: 'stocks', target: '/backup/stocks' })
  expect(wishOf('--json', 's3://first/b', 's3://second/d')).toMatchObject({
    source: 's3://first/b',
    target: 's3://second/d',
    asJson: true,
  })
})

test('all tables are those of our lake, or of a root', () => {
  expect(wishOf('--all', '/backup')).toMatchObject({ isAll: true, source: undefined, target: '/backup' })
  expect(wishOf('--all', '/lake', '/backup')).toMatchObject({ isAll: true, source: '/lake', target: '/backup' })
})

test.each([
  [['--follow'], 'follow'],
  [['--snapshot'], 'snapshot'],
  [['--verify'], 'verify'],
])('%j is its own work', (options, work) => {
  expect(wishOf('stocks', '/backup', ...options).work).toBe(work)
})

test('a hand-out may be of any version', () => {
  expect(wishOf('stocks', '/x', '--snapshot', '--version', '12').version).toBe(12)
})

test.each([
  [[], /^copy: name a SOURCE and a TARGET; see/],
  [['stocks'], /name a TARGET for "stocks", or copy all tables with --all/],
  [['--all'], /name a TARGET;/],
  [['a', '/b', '/c'], /unexpected argument "\/c"/],
  [['', '/b'], /the SOURCE is empty/],
  [['stocks', ''], /the TARGET is empty; name a place \(in compose: set AZURE_TARGET in \.env\)/],
  [['--all', ''], /the TARGET is empty/],
  [['stocks', 'ftp://x'], /the TARGET is wrong: 'ftp:\/\/x' is not a place for data/],
  [['--all', 'ftp://x', '/b'], /the SOURCE is wrong/],
  [['stocks', '/b', '--follow', '--verify'], /--follow and --verify cannot go together/],
  [['stocks', '/b', '--snapshot', '--verify'], /--snapshot and --verify cannot go together/],
  [['stocks', '/b', '--version', '3'], /--version goes with --snapshot/],
  [['--all', '/b', '--snapshot', '--version', '3'], /does not go with --all/],
  [['stocks', '/b', '--snapshot', '--version', '-3'], /--version needs a value/],
  [['stocks', '/b', '--snapshot', '--version', '3.5'], /takes a version such as 12, not "3.5"/],
  [['stocks', '/b', '--al'], /there is no option --al \(did you mean --all\?\)/],
])('%j are refused', (words, said) => {
  expect(faultOf(...words)).toMatch(said)
})

test('a password in a place is not shown', () => {
  expect(faultOf('stocks', 'ftp://me:hunter2@host/x')).not.toContain('hunter2')
})
