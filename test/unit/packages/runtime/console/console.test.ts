import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { CONSOLE_BYTES_MAX, CONSOLE_FLUSH_MAX_MS, type ConsoleLoss, ProcessConsole } from '#runtime/console/console'

const never = new AbortController().signal

function opened(stdout: Writable) {
  const losses: ConsoleLoss[] = []
  const stderr = new PassThrough()
  const lines = new ProcessConsole({ stdout, stderr, onGone: (loss) => losses.push(loss) })
  return { lines, losses, stderr }
}

/** A reader that takes nothing until it is let go. */
class SlowReader extends Writable {
  text = ''
  #waiting: (() => void) | undefined
  #free = false
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    if (this.#free) done()
    else this.#waiting = done
  }
  letGo(): void {
    this.#free = true
    this.#waiting?.()
  }
}

/** Fails as an operating system does. */
function failing(code: string, isTTY = false): Writable & { isTTY: boolean } {
  const error = Object.assign(new Error(`${code}: no`), { code })
  return Object.assign(new Writable({ write: (_chunk, _encoding, done) => done(error) }), { isTTY })
}

test('an idle reader costs a bounded amount of memory, and is told how much it missed', async () => {
  const reader = new SlowReader()
  const { lines, losses } = opened(reader)
  const line = 'x'.repeat(99)
  const count = (3 * CONSOLE_BYTES_MAX) / 100
  for (let i = 0; i < count; i++) lines.print(line)
  expect(reader.writableLength).toBeLessThanOrEqual(CONSOLE_BYTES_MAX)
  reader.letGo()
  await expect.poll(() => reader.writableLength).toBe(0)
  lines.print('the next one')
  await lines.flush(never)
  const [missed = '', next] = reader.text.split('\n').slice(-3)
  const shown = reader.text.split('\n').filter((text) => text === line).length
  expect(missed).toBe(
    `(${(Math.ceil(count) - shown).toLocaleString('en-US')} lines are missing here: ` +
      'the reader of this output was too slow)',
  )
  expect(next).toBe('the next one')
  expect(losses).toEqual([])
})

test.each([
  ['EPIPE', false, 'closed'],
  ['ECONNRESET', false, 'closed'],
  ['EIO', true, 'closed'],
  ['EIO', false, 'unwritable'],
  ['ENOSPC', false, 'unwritable'],
] as const)('%s (terminal: %s) means %s, told once', async (code, isTTY, kind) => {
  const { lines, losses } = opened(failing(code, isTTY))
  for (let i = 0; i < 3; i++) lines.print('a line')
  await new Promise(setImmediate)
  lines.print('another')
  await lines.flush(never)
  expect(losses).toMatchObject([{ kind }])
  expect(lines.loss).toBe(losses[0])
})

test('stderr that fails is ignored', async () => {
  const { losses, stderr } = opened(new PassThrough())
  stderr.destroy(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }))
  await new Promise(setImmediate)
  expect(losses).toEqual([])
})

test('the end waits for a slow reader, and not long for one that takes nothing once it is asked to end', async () => {
  const reader = new SlowReader()
  const { lines } = opened(reader)
  lines.print('a line')
  const asked = new AbortController()
  let flushed = false
  const flushing = lines.flush(asked.signal).then(() => {
    flushed = true
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(flushed).toBe(false)
  const since = performance.now()
  asked.abort()
  await flushing
  expect(performance.now() - since).toBeGreaterThan(CONSOLE_FLUSH_MAX_MS / 2)
})
