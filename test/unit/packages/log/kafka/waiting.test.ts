// The small parts that wait: a mutex, reads that are never stale, limits on waiting.

import { describe, expect, test } from 'vitest'
import { inTime } from '#log/kafka/cluster/deadline'
import { Mutex } from '#log/kafka/group/mutex'
import { freshRead } from '#log/kafka/partition/fresh_read'
import { systemClock, virtualClock } from '#runtime/clock'

describe('a mutex', () => {
  test('begins at once when free, and in the order of asking when not, failures included', async () => {
    const mutex = new Mutex()
    const seen: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = mutex.run(async () => {
      seen.push('first begins')
      await gate.promise
      seen.push('first ends')
      throw new Error('first')
    })
    expect([seen, mutex.busy]).toEqual([['first begins'], true])
    const second = mutex.run(async () => seen.push('second'))
    gate.resolve()
    await expect(first).rejects.toThrow('first')
    await second
    await mutex.idle()
    expect([seen, mutex.busy]).toEqual([['first begins', 'first ends', 'second'], false])
  })
})

describe('a fresh read', () => {
  test('is shared by who asks before it is sent, and not by who asks later', async () => {
    let [sent, world] = [0, 'old']
    const gates: (() => void)[] = []
    const read = freshRead(async () => {
      sent++
      const answer = world
      await new Promise<void>((resolve) => gates.push(resolve))
      return answer
    })
    const early = [read(), read()]
    await expect.poll(() => gates.length).toBe(1)
    world = 'new'
    const late = [read(), read()]
    gates[0]?.()
    await expect.poll(() => gates.length).toBe(2)
    gates[1]?.()
    expect(await Promise.all([...early, ...late])).toEqual(['old', 'old', 'new', 'new'])
    expect(sent).toBe(2)
  })

  test('goes on after a failure', async () => {
    let fails = true
    const read = freshRead(async () => {
      if (fails) throw new Error('once')
      return 'well'
    })
    await expect(read()).rejects.toThrow('once')
    fails = false
    expect(await read()).toBe('well')
  })
})

describe('waiting with a limit', () => {
  test('gives the value, the failure, or says that it is late', async () => {
    const clock = virtualClock(0)
    expect(await inTime(Promise.resolve(1), { ms: 10, clock })).toEqual({ kind: 'done', value: 1 })
    await expect(inTime(Promise.reject(new Error('no')), { ms: 10, clock })).rejects.toThrow('no')
    const late = inTime(new Promise(() => {}), { ms: 10, clock })
    await clock.advance(10)
    expect(await late).toEqual({ kind: 'late' })
    expect(await inTime(Promise.resolve(2), { ms: 60_000, clock: systemClock })).toEqual({ kind: 'done', value: 2 })
  })
})
