import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { type PlaceLoss, PlaceWatch } from '#runtime/files/place_watch'
import { temporaryFolder } from '#support/temporary_folder'

async function watching(name: string) {
  const root = temporaryFolder()
  mkdirSync(join(root, 'folder'))
  writeFileSync(join(root, 'file'), '')
  const losses: PlaceLoss[] = []
  const path = join(root, name)
  const watch = await PlaceWatch.begin([{ path, onLost: (loss) => losses.push(loss) }])
  return { root, path, losses, watch }
}

test.each(['file', 'folder', 'folder/none'])('%s that stays is no loss', async (name) => {
  const { watch, losses, root } = await watching(name)
  writeFileSync(join(root, 'file'), 'grown')
  await watch.check()
  expect(losses).toEqual([])
})

test.each(['file', 'folder'])('%s that is deleted is told once', async (name) => {
  const { watch, losses, path } = await watching(name)
  rmSync(path, { recursive: true })
  await Promise.all([watch.check(), watch.check()])
  await watch.check()
  expect(losses).toEqual(['deleted'])
})

test('a file that another took the place of is replaced', async () => {
  const { watch, losses, path } = await watching('file')
  writeFileSync(`${path}.new`, '')
  renameSync(`${path}.new`, path)
  await watch.check()
  expect(losses).toEqual(['replaced'])
})

test('the watch looks by itself until it is told to stop', async () => {
  const { watch, losses, path } = await watching('file')
  const stop = new AbortController()
  const running = watch.run({ clock: systemClock, signal: stop.signal })
  rmSync(path)
  await expect.poll(() => losses).toEqual(['deleted'])
  stop.abort()
  await running
})
