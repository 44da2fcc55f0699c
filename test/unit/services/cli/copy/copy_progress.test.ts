import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { TableVersion } from '#runtime/units'
import {
  CopySpeed,
  copyProgressText,
  PassesShown,
  passesText,
  verifyProgressText,
} from '#services/cli/copy/copy_progress'
import { commandContext } from '#support/command_context'
import type { CopyProgress } from '#table-copy/pass'

const MB = 1_000_000

function at(megabytes: number, more: Partial<CopyProgress> = {}): CopyProgress {
  const versions = { version: 41 as TableVersion, to: 97 as TableVersion }
  return { ...versions, files: 120, filesPlanned: 300, bytes: megabytes * MB, bytesPlanned: 9_800 * MB, ...more }
}

const SPEED = { rate: 45 * MB, leftMs: 150_000 }
const WIDE = Number.POSITIVE_INFINITY

test('a line says how far a pass is, how long it will take, and how fast it goes', () => {
  expect(copyProgressText({ name: 'stocks', progress: at(3_200), speed: SPEED }, WIDE)).toBe(
    'stocks [#####           ] 3.2 of 9.8 GB, about 3 min left, 45 MB/s, 120 of 300 files, version 41 of 97',
  )
  const begun = { name: 'stocks', progress: at(120, { version: undefined }), speed: undefined }
  expect(copyProgressText(begun, WIDE)).toBe(
    'stocks [                ] 120 MB of 9.8 GB, 120 of 300 files, to version 97',
  )
  const empty = { name: 'empty', progress: at(0, { bytesPlanned: 0, files: 0, filesPlanned: 0 }), speed: undefined }
  expect(copyProgressText(empty, WIDE)).toMatch(/^empty \[#{16}\] 0 of 0 bytes/)
})

test('a line of a verification says which step it is at', () => {
  const text = (width: number) => verifyProgressText('stocks', { step: 'rows', done: 8, planned: 16 }, width)
  expect(text(WIDE)).toBe('stocks [########        ] 8 of 16 files with rows')
  expect(text(40)).toBe('stocks 8 of 16 files with rows')
})

test.each([
  [40, 'corporate_actions 3.2 of 9.8 GB'],
  [59, 'corporate_actions [#####           ] 3.2 of 9.8 GB'],
  [72, 'corporate_actions [#####           ] 3.2 of 9.8 GB, about 3 min left'],
  [80, 'corporate_actions [#####           ] 3.2 of 9.8 GB, about 3 min left, 45 MB/s'],
  [
    119,
    `corporate_actions [#####           ] 3.2 of 9.8 GB, about 3 min left, 45 MB/s, 120 of 300 files, version 41 of 97`,
  ],
])('on a terminal of %i columns a line drops what matters least, whole', (width, text) => {
  expect(copyProgressText({ name: 'corporate_actions', progress: at(3_200), speed: SPEED }, width)).toBe(text)
})

test('a line fits its terminal and never shows a part of a number', () => {
  const numbers = fc.record({
    name: fc.stringMatching(/^[a-z_]{1,60}$/),
    width: fc.integer({ min: 20, max: 200 }),
    bytes: fc.nat(2 ** 31),
    bytesPlanned: fc.nat(2 ** 31),
    files: fc.nat(10_000_000),
  })
  fc.assert(
    fc.property(numbers, ({ name, width, bytes, bytesPlanned, files }) => {
      const progress = at(0, { bytes: bytes * 1_000, bytesPlanned: bytesPlanned * 1_000, files, filesPlanned: files })
      const text = copyProgressText({ name, progress, speed: SPEED }, width)
      const whole = copyProgressText({ name, progress, speed: SPEED }, WIDE)
      expect(text.length).toBeLessThanOrEqual(width)
      const numbersOf = (line: string) => line.match(/\d[\d.,]*\d|\d/g) ?? []
      expect(numbersOf(whole).slice(0, numbersOf(text).length)).toEqual(numbersOf(text))
    }),
  )
})

test('tables side by side are one line: what is there of all of them, and which are at work', () => {
  const passes = new Map([
    ['stocks', at(3_200)],
    ['alerts', at(1_000, { bytesPlanned: 1_000 * MB })],
    ['bars_1m', at(200)],
  ])
  const text = passesText({ passes, atWork: ['stocks', 'bars_1m'], speed: SPEED })
  expect(text(WIDE)).toBe(
    '2 tables [###             ] 4.4 of 21 GB, about 3 min left, 45 MB/s, 360 of 900 files, bars_1m, stocks',
  )
  expect(text(59)).toBe('2 tables [###             ] 4.4 of 21 GB, about 3 min left')
  const alone = passesText({ passes: new Map([['stocks', at(3_200)]]), atWork: ['stocks'], speed: SPEED })
  expect(alone(WIDE)).toBe(copyProgressText({ name: 'stocks', progress: at(3_200), speed: SPEED }, WIDE))
})

test('the speed is that of the last seconds', () => {
  const speed = new CopySpeed()
  expect(speed.at(0, at(0))).toBeUndefined()
  expect(speed.at(1_000, at(500))).toBeUndefined()
  expect(speed.at(4_000, at(800))).toEqual({ rate: 200 * MB, leftMs: 45_000 })
  for (let second = 5; second <= 60; second++) speed.at(second * 1_000, at(800 + (second - 4) * 10))
  expect(speed.at(61_000, at(1_370))?.rate).toBeCloseTo(10 * MB, -5)
})

test('a pass that stands still, or begins anew, has no speed', () => {
  const speed = new CopySpeed()
  speed.at(0, at(500))
  expect(speed.at(10_000, at(500))).toBeUndefined()
  speed.at(11_000, at(900))
  expect(speed.at(12_000, at(0))).toBeUndefined()
  expect(speed.at(15_000, at(300))).toEqual({ rate: 100 * MB, leftMs: 95_000 })
})

test('a further pass of one table does not set back the line of others that are at their first', () => {
  const clock = virtualClock(0)
  const stderr = Object.assign(new PassThrough(), { isTTY: true })
  const call = { env: {}, settings: [], clock }
  const context = { ...commandContext(call, new PassThrough()), stderr: stderr as unknown as NodeJS.WriteStream }
  const shown: string[] = []
  const progress = { width: WIDE, show: (text: string) => void shown.push(text), end() {} }
  const passes = new PassesShown({ context, progress, logger: silentLogger })
  passes.at('large', at(0))
  for (let second = 1; second <= 12; second++) {
    passes.at('small', at(second % 2 === 0 ? 0 : 1_000))
    passes.ended('small')
    void clock.advance(1_000)
    passes.at('large', at(second * 100))
  }
  expect(shown.at(-1)).toMatch(/ MB\/s/)
})
