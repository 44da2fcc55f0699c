// Work on one partition, one thing at a time.

import { describe, expect, test } from 'vitest'
import { Mutex } from '#log/kafka/partition/mutex'

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
