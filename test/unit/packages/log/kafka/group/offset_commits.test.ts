import { expect, test } from 'vitest'
import type { PartitionCommit } from '#log/event_log'
import { OffsetCommits } from '#log/kafka/group/offset_commits'
import { silentLogger } from '#runtime/logger'
import { offset } from '#runtime/units'

function commitOf(partition: number, next: number): PartitionCommit {
  return { topic: 'quotes', partition, next: offset(next), metadata: '', outputs: [] }
}

/** A group that refuses as many commits as it is told to, or answers when it is told to. */
function testGroup() {
  const sent: string[] = []
  const warnings: unknown[] = []
  const group = { refusals: 0, gate: Promise.resolve(), unusable: new Set<number>() }
  const commits = new OffsetCommits({
    logger: { ...silentLogger, warn: (fields: unknown) => warnings.push(fields) },
    usable: ({ partition }) => !group.unusable.has(partition),
    async send(asked) {
      sent.push(asked.map(({ partition, next }) => `${partition}:${next}`).join(' '))
      await group.gate
      if (group.refusals-- > 0) throw new Error('the group is rebalancing')
    },
  })
  return { commits, group, sent, warnings }
}

/** Holds the group's answers back; what is returned lets them go. */
function held(group: { gate: Promise<void> }): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  group.gate = promise
  return resolve
}

test('what is committed is not sent again', async () => {
  const { commits, sent } = testGroup()
  await commits.commit([commitOf(0, 4), commitOf(1, 5)])
  await commits.sendOwed()
  await commits.commit([])
  expect(sent).toEqual(['0:4 1:5'])
})

test('what the group refuses is said, and goes with the next commits', async () => {
  const { commits, group, sent, warnings } = testGroup()
  group.refusals = 1
  await commits.commit([commitOf(0, 4), commitOf(1, 5)])
  expect(warnings).toEqual([{ reason: 'the group is rebalancing' }])
  await commits.commit([commitOf(1, 7)])
  await commits.sendOwed()
  expect(sent).toEqual(['0:4 1:5', '0:4 1:7'])
})

test('what the group refuses is sent again when asked to, until it is taken', async () => {
  const { commits, group, sent } = testGroup()
  group.refusals = 2
  await commits.commit([commitOf(0, 4)])
  for (const _ of [1, 2, 3]) await commits.sendOwed()
  expect(sent).toEqual(['0:4', '0:4', '0:4'])
})

test('a partition that is not usable is neither sent nor owed', async () => {
  const { commits, group, sent } = testGroup()
  group.unusable.add(0)
  await commits.commit([commitOf(0, 4)])
  group.unusable.clear()
  await commits.sendOwed()
  expect(sent).toEqual([])
})

test('what is owed of a partition that was closed is dropped, though it comes back', async () => {
  const { commits, group, sent } = testGroup()
  group.refusals = 1
  await commits.commit([commitOf(0, 4), commitOf(1, 5)])
  commits.forget({ topic: 'quotes', partition: 0 })
  await commits.sendOwed()
  expect(sent).toEqual(['0:4 1:5', '1:5'])
})

test('a partition that was closed while its commit was under way owes nothing, even if that is refused', async () => {
  const { commits, group, sent } = testGroup()
  const answer = held(group)
  group.refusals = 1
  const committing = commits.commit([commitOf(0, 4)])
  await expect.poll(() => sent).toEqual(['0:4'])
  commits.forget({ topic: 'quotes', partition: 0 })
  answer()
  await committing
  await commits.sendOwed()
  expect(sent).toEqual(['0:4'])
})

test('a newer offset waits for the older one, so that it comes last', async () => {
  const { commits, group, sent } = testGroup()
  const answer = held(group)
  const older = commits.commit([commitOf(0, 4)])
  await expect.poll(() => sent).toEqual(['0:4'])
  const newer = commits.commit([commitOf(0, 6)])
  answer()
  await Promise.all([older, newer])
  expect(sent).toEqual(['0:4', '0:6'])
})

test('while the group does not answer, all that comes waits for one request', async () => {
  const { commits, group, sent } = testGroup()
  const answer = held(group)
  group.refusals = 2
  const waiting = [commits.commit([commitOf(0, 1)])]
  await expect.poll(() => sent).toEqual(['0:1'])
  for (let next = 2; next <= 50; next++) waiting.push(commits.commit([commitOf(0, next)]), commits.sendOwed())
  answer()
  await Promise.all(waiting)
  expect(sent).toEqual(['0:1', '0:50'])
})

test('a member that is confirmed while a request is under way sends nothing more', async () => {
  const { commits, group, sent } = testGroup()
  const answer = held(group)
  group.refusals = 1
  const committing = commits.commit([commitOf(0, 4)])
  await expect.poll(() => sent).toEqual(['0:4'])
  const confirmed = Array.from({ length: 50 }, () => commits.sendOwed())
  answer()
  await Promise.all([committing, ...confirmed])
  expect(sent).toEqual(['0:4'])
  await commits.sendOwed()
  expect(sent).toEqual(['0:4', '0:4'])
})
