// Equal questions are answered once, and the work ends with those who asked.

import { describe, expect, test } from 'vitest'
import { QUESTIONS_MAX } from '#services/web/history/limits'
import { SharedAnswers } from '#services/web/history/shared_answers'

const { signal } = new AbortController()

/** Work that ends when it is told to, or stopped. */
function heldWork() {
  let begun = 0
  const signals: AbortSignal[] = []
  const held = Promise.withResolvers<number>()
  const work = async (stop: AbortSignal) => {
    begun++
    signals.push(stop)
    return held.promise
  }
  return { work, held, signals, begun: () => begun }
}

describe('equal questions', () => {
  test('are answered once, others by themselves', async () => {
    const answers = new SharedAnswers<number>()
    const { work, held, begun } = heldWork()
    const asked = [answers.ask('a', signal, work), answers.ask('a', signal, work), answers.ask('b', signal, work)]
    held.resolve(7)
    expect(await Promise.all(asked)).toEqual([7, 7, 7])
    expect(begun()).toBe(2)
    expect(answers.size).toBe(0)
    await answers.ask('a', signal, work)
    expect(begun()).toBe(3)
  })

  test('fail together, and the next one begins anew', async () => {
    const answers = new SharedAnswers<number>()
    const { work, held } = heldWork()
    const asked = [answers.ask('a', signal, work), answers.ask('a', signal, work)]
    held.reject(new Error('broken'))
    for (const each of asked) await expect(each).rejects.toThrow('broken')
    expect(await answers.ask('a', signal, async () => 8)).toBe(8)
  })
})

describe('the work', () => {
  test('goes on while anybody waits for it, and stops when the last has left', async () => {
    const answers = new SharedAnswers<number>()
    const { work, signals } = heldWork()
    const [first, second] = [new AbortController(), new AbortController()]
    const asked = [first, second].map((each) => answers.ask('a', each.signal, work))
    first.abort()
    await expect(asked[0]).rejects.toMatchObject({ code: 'STOPPED' })
    expect(signals[0]?.aborted).toBe(false)
    second.abort()
    await expect(asked[1]).rejects.toMatchObject({ code: 'STOPPED' })
    expect(signals[0]?.aborted).toBe(true)
    expect(answers.size).toBe(0)
  })

  test('is not begun for whoever has left already', async () => {
    const { work, begun } = heldWork()
    await expect(new SharedAnswers<number>().ask('a', AbortSignal.abort(), work)).rejects.toMatchObject({
      code: 'STOPPED',
    })
    expect(begun()).toBe(0)
  })

  test('is refused when there is too much of it, and is taken again afterwards', async () => {
    const answers = new SharedAnswers<number>()
    const { work, held } = heldWork()
    const asked = Array.from({ length: QUESTIONS_MAX }, (_, i) => answers.ask(`${i}`, signal, work))
    await expect(answers.ask('more', signal, work)).rejects.toMatchObject({ status: 503, code: 'BUSY' })
    asked.push(answers.ask('0', signal, work))
    held.resolve(1)
    await Promise.all(asked)
    expect(await answers.ask('more', signal, work)).toBe(1)
  })
})
