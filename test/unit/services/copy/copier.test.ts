import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { isGone, thisCopier } from '#services/copy/copier'

const us = thisCopier('us')
const onLinux = us.machine !== undefined

test('this process is its own copier', () => {
  expect(us).toMatchObject({ id: 'us', processId: process.pid })
  expect(thisCopier('us')).toEqual(us)
})

test.runIf(onLinux)('a process of this machine that has ended is gone', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  expect(isGone({ ...us, id: 'other', processId: pid }, us)).toBe(true)
})

test.runIf(onLinux)('an earlier process that had our id is gone, and we are not', () => {
  expect(isGone({ ...us, id: 'before' }, us)).toBe(true)
  expect(isGone(us, us)).toBe(false)
})

test('a process that lives is not gone, nor is one of which nothing can be known', () => {
  expect(isGone({ ...us, id: 'other', processId: process.ppid }, us)).toBe(false)
  expect(isGone({ ...us, id: 'other', processId: 1 }, us)).toBe(false)
  expect(isGone({ ...us, id: 'other', machine: 'another', processId: 999_999_999 }, us)).toBe(false)
  const unknown = { ...us, machine: undefined }
  expect(isGone({ ...unknown, id: 'other', processId: 999_999_999 }, unknown)).toBe(false)
})
