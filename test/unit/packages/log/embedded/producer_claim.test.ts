import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claimProducer } from '#log/embedded/producer_claim'
import { virtualClock } from '#runtime/clock'
import { temporaryFolder } from '#support/temporary_folder'

const clock = virtualClock(Date.UTC(2026, 10, 28, 12))

test('a second claim is refused with the name of the first, until that one is released', () => {
  const folder = temporaryFolder()
  const first = claimProducer(folder, { command: 'start', clock })
  const expected = `is fed already, by \`tickerlake start\`, process ${process.pid}, since 2026-11-28T12:00:00.000Z`
  expect(() => claimProducer(folder, { command: 'produce', clock })).toThrow(expected)
  first.release()
  claimProducer(folder, { command: 'produce', clock }).release()
})

test('a holder that has not yet written its name is still a holder', () => {
  const folder = temporaryFolder()
  const first = claimProducer(folder, { command: 'start', clock })
  writeFileSync(join(folder, 'producer.json'), '')
  expect(() => claimProducer(folder, { command: 'start', clock })).toThrow(/fed already, by another process/)
  first.release()
})

test('what a dead process left names nobody', () => {
  const folder = temporaryFolder()
  const holder = { command: 'start', processId: process.ppid, host: 'elsewhere', since: '2026-11-28T12:00:00.000Z' }
  writeFileSync(join(folder, 'producer.json'), JSON.stringify(holder))
  writeFileSync(join(folder, 'producer.lock'), '')
  claimProducer(folder, { command: 'start', clock }).release()
})

test('who cannot write its name says so, and does not keep the claim', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'producer.json'))
  expect(() => claimProducer(folder, { command: 'start', clock })).toThrow(
    expect.objectContaining({ code: 'LOG_FAILED', message: expect.stringMatching(/producer\.json cannot be written/) }),
  )
  rmdirSync(join(folder, 'producer.json'))
  claimProducer(folder, { command: 'start', clock }).release()
})
