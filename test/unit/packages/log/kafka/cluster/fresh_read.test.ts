// Reads that are shared and never stale.

import { describe, expect, test } from 'vitest'
import { freshRead } from '#log/kafka/cluster/fresh_read'

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
