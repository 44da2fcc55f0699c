import { expect, test } from 'vitest'
import type { FlowState } from '#services/web/api'
import { flowState } from '#support/web/flow_states'
import { type FollowContext, followFlow } from '../../../../../../services/web/page/flow/follow_flow.ts'
import { Value } from '../../../../../../services/web/page/value.ts'

function page(answer: () => Promise<FlowState>) {
  const second = new Value(1_000_000)
  let told: (state: FlowState) => void = () => {}
  let asked = 0
  const context: FollowContext = {
    clock: { now: () => second.get(), second },
    on: (_, listener) => {
      told = listener as typeof told
    },
    ask: ((): Promise<FlowState> => {
      asked++
      return answer()
    }) as FollowContext['ask'],
  }
  const states: number[] = []
  const failures: string[] = []
  followFlow(context, { take: ({ now }) => states.push(now), fail: (why) => failures.push(why) })
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      second.set(second.get() + 1000)
      await Promise.resolve()
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { states, failures, pass, tell: (now: number) => told(flowState(now)), asked: () => asked, second }
}

test('it asks once, and then is told by events', async () => {
  const { states, tell, pass, asked } = page(async () => flowState(5))
  await pass(2)
  for (let i = 0; i < 20; i++) {
    tell(10 + i)
    await pass(2)
  }
  expect(asked()).toBe(1)
  expect(states).toEqual([5, ...Array.from({ length: 20 }, (_, i) => 10 + i)])
})

test('a state that is older than the last is left out', async () => {
  const { states, tell, pass } = page(async () => flowState(5))
  tell(8)
  await pass(1)
  tell(7)
  expect(states).toEqual([8])
})

test('without events it asks again and again, and says why there is nothing', async () => {
  const { failures, pass, asked } = page(() => Promise.reject(new Error('The server does not answer.')))
  await pass(35)
  expect(asked()).toBe(4)
  expect(new Set(failures)).toEqual(new Set(['The server does not answer.']))
})

test('a clock that is set back does not stop the asking', async () => {
  const { pass, asked, second } = page(async () => flowState(5))
  await pass(1)
  second.set(1_000)
  await pass(1)
  expect(asked()).toBe(2)
})
