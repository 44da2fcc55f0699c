import { expect, test } from 'vitest'
import { createLogger } from '#runtime/logger'
import { STALL_CHECK_MS, STALL_MIN_MS, stallTurns } from '#runtime/stall_watch'
import { epochMs } from '#runtime/units'

function watched() {
  const lines: string[] = []
  let [monotonic, wall] = [0, Date.UTC(2026, 10, 28)]
  const turn = stallTurns({
    service: 'stream',
    clock: { now: () => epochMs(wall) },
    monotonic: () => monotonic,
    logger: { warn: ((_fields: object, text: string) => lines.push(text)) as never },
  })
  const after = (monotonicMs: number, wallMs = monotonicMs) => {
    monotonic += monotonicMs
    wall += wallMs
    turn()
    return lines.splice(0)
  }
  return after
}

test('turns in time, and a little late, say nothing', () => {
  const after = watched()
  expect(after(STALL_CHECK_MS)).toEqual([])
  expect(after(STALL_CHECK_MS + STALL_MIN_MS - 1)).toEqual([])
})

test('a process that stood still says who and how long, once', () => {
  const after = watched()
  expect(after(STALL_CHECK_MS + 65_000)).toEqual([expect.stringMatching(/^stream was held up for 65\.0 s: /)])
  expect(after(STALL_CHECK_MS)).toEqual([])
})

test('a suspended machine, whose monotonic clock stood still, is told apart', () => {
  const after = watched()
  expect(after(STALL_CHECK_MS, STALL_CHECK_MS + 3_600_000)).toEqual([
    expect.stringMatching(/^stream missed 3600\.0 s of the clock: the machine was suspended, or its clock was set/),
  ])
})

test('the line for people names the process once', () => {
  const lines: string[] = []
  const logger = createLogger({ level: 'warn', format: 'pretty', write: (text) => lines.push(text) })
  let wall = Date.UTC(2026, 10, 28)
  const turn = stallTurns({ service: 'stream', clock: { now: () => epochMs(wall) }, monotonic: () => 0, logger })
  wall += 7_200_000
  turn()
  expect(lines).toEqual([expect.stringMatching(/WARN: stream missed 7200\.0 s of the clock: /)])
})

test('a clock that was set back says nothing of a process that was not held up', () => {
  const after = watched()
  expect(after(STALL_CHECK_MS, -3_600_000)).toEqual([])
})
