import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { progressBar, progressLine } from '#services/cli/print/progress_line'

function streamOf(facts: { isTTY?: boolean; columns?: number }) {
  return Object.assign(new PassThrough({ encoding: 'utf8' }), facts)
}

test('on a terminal the line is written over itself, cut to its width, and taken away at the end', () => {
  const stream = streamOf({ isTTY: true, columns: 10 })
  const line = progressLine(stream)
  line.show('stocks 1')
  line.show('stocks 2 of many')
  line.end()
  expect(stream.read()).toBe('\r\u001b[2Kstocks 1\r\u001b[2Kstocks 2 \r\u001b[2K')
})

test('elsewhere nothing is written', () => {
  const stream = streamOf({})
  const line = progressLine(stream)
  line.show('stocks 1')
  line.end()
  expect(stream.read()).toBeNull()
})

test('a bar is as full as the work is done', () => {
  expect(progressBar(0, 4)).toBe(`[${' '.repeat(24)}] 0/4`)
  expect(progressBar(1, 4)).toBe(`[######${' '.repeat(18)}] 1/4`)
  expect(progressBar(4, 4)).toBe(`[${'#'.repeat(24)}] 4/4`)
})
