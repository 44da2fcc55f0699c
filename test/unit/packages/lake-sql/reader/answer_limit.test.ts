// How long an answer is waited for, by a process that may stand still meanwhile.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { limitAnswer } from '#lake-sql/reader/answer_limit'
import { temporaryFolder } from '#support/temporary_folder'

/** Two ends of a connection, over which bytes have arrived as soon as they are written. */
async function connection(): Promise<[near: Socket, far: Socket]> {
  const path = join(temporaryFolder(), 'socket')
  const server = createServer().listen(path)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const near = connect(path)
  const [[far]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(near, 'connect')])
  onTestFinished(() => void near.destroy())
  onTestFinished(() => void far.destroy())
  return [near, far]
}

/** Does nothing at all, not even hear. */
function standStill(ms: number): void {
  const begun = performance.now()
  while (performance.now() - begun < ms);
}

test('an answer is heard before its time is over that came while the process stood still', async () => {
  const [near, far] = await connection()
  const first = await new Promise<string>((resolve) => {
    const cancel = limitAnswer(1, () => resolve('time is over'))
    near.once('data', (answer) => {
      cancel()
      resolve(answer.toString())
    })
    far.write('an answer')
    standStill(10)
  })
  expect(first).toBe('an answer')
})

test('its time is over when none comes', async () => {
  expect(await new Promise((resolve) => limitAnswer(1, () => resolve('time is over')))).toBe('time is over')
})

test('is not over any more once it was cancelled, be it in the turn in which the time ends', async () => {
  const over: string[] = []
  limitAnswer(1, () => over.push('cancelled before'))()
  const cancel = limitAnswer(1, () => over.push('cancelled in the same turn'))
  await new Promise<void>((resolve) => {
    setTimeout(cancel, 1)
    limitAnswer(1, resolve)
    standStill(10)
  })
  expect(over).toEqual([])
})
