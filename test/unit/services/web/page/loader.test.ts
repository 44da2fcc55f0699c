import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Loader } from '../../../../../services/web/page/loader.ts'
import { AskError } from '../../../../../services/web/page/page_context.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('only the newest request counts, and the one before it is given up', async () => {
  const asked: { signal: AbortSignal; answer: PromiseWithResolvers<string> }[] = []
  const taken: string[] = []
  const loader = new Loader<string>({
    ask(signal) {
      asked.push({ signal, answer: Promise.withResolvers<string>() })
      return asked.at(-1)?.answer.promise ?? Promise.reject()
    },
    take: (answer) => taken.push(answer),
    fail: (message) => taken.push(message),
  })
  const loads = [loader.load(), loader.load()]
  expect(asked[0]?.signal.aborted).toBe(true)
  asked[1]?.answer.resolve('second')
  asked[0]?.answer.resolve('first')
  await Promise.all(loads)
  expect(taken).toEqual(['second'])
})

test('a failure is told, and asked again after a while', async () => {
  let asks = 0
  const told: string[] = []
  const loader = new Loader<string>({
    ask: async () => {
      asks++
      if (asks === 1) throw new AskError(503, 'The log does not answer.')
      return 'there'
    },
    take: (answer) => told.push(answer),
    fail: (message) => told.push(message),
  })
  await loader.load()
  expect(told).toEqual(['The log does not answer.'])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(told).toEqual(['The log does not answer.', 'there'])
})
