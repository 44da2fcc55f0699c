import { describe, expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { consoleLines, LINES_PER_SECOND_MAX } from '#runtime/console/console_lines'

describe('console lines', () => {
  const open = () => {
    const clock = virtualClock(0)
    const printed: string[] = []
    const lines = consoleLines<string>({
      clock,
      print: (line) => void printed.push(line),
      lineOf: (item) => item,
      countLineOf: (count, perSecond) => `${count}${perSecond === null ? '' : ` (${perSecond}/s)`}`,
    })
    return { clock, printed, lines }
  }
  const items = (count: number) => Array.from({ length: count }, () => 'one')

  test('are one each at demo rates', async () => {
    const { clock, printed, lines } = open()
    for (let second = 0; second < 5; second++) {
      lines.add(items(LINES_PER_SECOND_MAX))
      await clock.advance(1000)
    }
    lines.end()
    expect(printed).toEqual(items(5 * LINES_PER_SECOND_MAX))
  })

  test('are one count a second at high rates, and nothing is lost in counting', async () => {
    const { clock, printed, lines } = open()
    for (let tenth = 0; tenth < 25; tenth++) {
      lines.add(items(1000))
      await clock.advance(100)
    }
    lines.end()
    expect(printed).toEqual(['1000', '10000 (10000/s)', '10000 (10000/s)', '4000 (4000/s)'])
  })

  test.each([0, 600])('are counts alone at 2,000 a second in small steps, after %i at once', async (first) => {
    const { clock, printed, lines } = open()
    lines.add(items(first))
    for (let step = 0; step < 500; step++) {
      lines.add(items(20))
      await clock.advance(10)
    }
    const ones = first === 0 ? 40 : 0
    expect(printed.slice(0, ones)).toEqual(items(ones))
    expect(printed[ones]).toBe(`${first || 20}`)
    expect(printed.slice(ones + 1)).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/^20[02]0 \(/)))
  })

  test('count a large number at once, though nothing follows it', () => {
    const { printed, lines } = open()
    lines.add(items(LINES_PER_SECOND_MAX + 1))
    expect(printed).toEqual([`${LINES_PER_SECOND_MAX + 1}`])
  })

  test('are one each again when the rate falls', async () => {
    const { clock, printed, lines } = open()
    lines.add(items(600))
    await clock.advance(500)
    lines.add(items(7))
    await clock.advance(600)
    lines.add(items(1))
    await clock.advance(1000)
    lines.add(items(1))
    expect(printed).toEqual(['600', '7 (6.363636363636363/s)', 'one', 'one'])
  })

  test('are never more than the limit and two counts in any second, however the rate changes', async () => {
    const { clock, printed, lines } = open()
    const at: number[] = []
    for (let step = 0; step < 2_000; step++) {
      const before = printed.length
      lines.add(items((step * 7919) % 13 === 0 ? 40 : step % 3))
      for (let line = before; line < printed.length; line++) at.push(clock.now())
      await clock.advance(20)
    }
    for (const time of at) {
      const within = at.filter((each) => each >= time && each < time + 1000).length
      expect(within).toBeLessThanOrEqual(LINES_PER_SECOND_MAX + 2)
    }
  })
})
