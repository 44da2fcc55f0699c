// Who may run a query now.

import { expect, test } from 'vitest'
import { QueryQueue } from '#services/web/sql/query_queue'

const { signal } = new AbortController()

/** Enters, and notes that it has. */
function entering(queue: QueryQueue, ids: string[], name: string, by: AbortSignal = signal) {
  return queue.enter(by).then((leave) => {
    ids.push(name)
    return leave
  })
}

test('so many run, the others have their turn in order, and one beyond those is told to come again', async () => {
  const queue = new QueryQueue({ runningMax: 1, waitingMax: 2 })
  const entered: string[] = []
  const first = await entering(queue, entered, 'first')
  const second = entering(queue, entered, 'second')
  const third = entering(queue, entered, 'third')
  await expect(queue.enter(signal)).rejects.toMatchObject({
    status: 503,
    code: 'BUSY',
    headers: { 'retry-after': '2' },
  })
  expect(entered).toEqual(['first'])
  first()
  const leaveSecond = await second
  expect(entered).toEqual(['first', 'second'])
  leaveSecond()
  const leaveThird = await third
  leaveThird()
  expect(await entering(queue, entered, 'fourth')).toBeTypeOf('function')
})

test('a turn that is ended twice is one turn', async () => {
  const queue = new QueryQueue({ runningMax: 1, waitingMax: 1 })
  const leave = await queue.enter(signal)
  leave()
  leave()
  await queue.enter(signal)
  const entered: string[] = []
  void entering(queue, entered, 'too early')
  await new Promise((resolve) => setImmediate(resolve))
  expect(entered).toEqual([])
})

test('whoever goes while waiting makes room', async () => {
  const queue = new QueryQueue({ runningMax: 1, waitingMax: 1 })
  const leave = await queue.enter(signal)
  const going = new AbortController()
  const gone = queue.enter(going.signal)
  going.abort()
  await expect(gone).rejects.toMatchObject({ code: 'STOPPED' })
  await expect(queue.enter(AbortSignal.abort())).rejects.toMatchObject({ code: 'STOPPED' })
  const next = queue.enter(signal)
  leave()
  expect(await next).toBeTypeOf('function')
})
