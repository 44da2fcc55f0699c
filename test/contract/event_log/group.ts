// Contract: the members of a group share the partitions; each record is processed and committed once in total.

import { expect, test } from 'vitest'
import { copier, numbered } from './copier.ts'
import { expectCopiedOnce, type Stage, startRun, untilCommitted } from './stage.ts'

const PARTITIONS = 4

export function groupContract(stage: Stage): void {
  sharing(stage)
  passing(stage)
}

function sharing(stage: Stage): void {
  test('shares the partitions between two members, and gives them to the one that stays', async () => {
    const [input, output] = [await stage.topic('in', PARTITIONS), await stage.topic('out', PARTITIONS)]
    const group = stage.group()
    const options = { group, topics: [input], commit: 'transaction' } as const
    const [one, two] = [await stage.open(), await stage.open()]
    const counts = { one: 0, two: 0 }
    const first = startRun(
      one,
      options,
      copier(output, (_, n) => (counts.one += n)),
    )
    const second = startRun(
      two,
      options,
      copier(output, (_, n) => (counts.two += n)),
    )
    let published = 0
    const publishMore = async () => {
      await stage.log.publish(numbered(input, published, published + 20))
      published += 20
      await untilCommitted(stage.log, second, { group, topic: input, count: published })
    }
    const bothWork = async () => {
      await publishMore()
      return counts.one > 0 && counts.two > 0
    }
    await first.until(bothWork, 'both members work')
    await first.stop()
    await stage.close(one)
    const before = { ...counts }
    await publishMore()
    await second.stop()
    await stage.close(two)
    expect(counts.one).toBe(before.one)
    expect(counts.two).toBe(before.two + 20)
    await expectCopiedOnce(stage, output, published)
  })
}

function passing(stage: Stage): void {
  test('lets a member join and leave in the middle of a stream without losing or doubling anything', async () => {
    const [input, output] = [await stage.topic('in', PARTITIONS), await stage.topic('out', PARTITIONS)]
    const group = stage.group()
    const options = { group, topics: [input], commit: 'transaction' } as const
    const [one, two] = [await stage.open(), await stage.open()]
    const staying = startRun(one, options, copier(output))
    let published = 0
    const publishMore = async () => {
      await stage.log.publish(numbered(input, published, published + 50))
      published += 50
    }
    for (let round = 0; round < 3; round++) {
      let worked = false
      const passing = startRun(
        two,
        options,
        copier(output, () => (worked = true)),
      )
      await passing.until(async () => {
        await publishMore()
        return worked
      }, 'the passing member works')
      await passing.stop()
    }
    await untilCommitted(stage.log, staying, { group, topic: input, count: published })
    await staying.stop()
    await expectCopiedOnce(stage, output, published)
    for (const client of [one, two]) await stage.close(client)
  })

  test('gives a member no partition when there are more members than partitions', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const options = { group, topics: [input], commit: 'transaction' } as const
    const clients = [await stage.open(), await stage.open()]
    const runs = clients.map((client) => startRun(client, options, copier(output)))
    await stage.log.publish(numbered(input, 0, 20))
    for (const run of runs) await untilCommitted(stage.log, run, { group, topic: input, count: 20 })
    for (const run of runs) await run.stop()
    await expectCopiedOnce(stage, output, 20)
    for (const client of clients) await stage.close(client)
  })
}
