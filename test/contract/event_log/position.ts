// Contract: a positioned publisher makes records and the position of their source durable as one, or neither; and of
// several on one source only the one that was opened last publishes.

import { expect, test } from 'vitest'
import { METADATA_BYTES_MAX } from '#log/event_log'
import { numbered, textOf } from './copier.ts'
import { kill, startChild } from './process.ts'
import { readTopic, type Stage, until, valuesOf } from './stage.ts'

export function positionContract(stage: Stage): void {
  together(stage)
  takingOver(stage)
  refusals(stage)
  killed(stage)
}

function together(stage: Stage): void {
  test('makes records and position durable together, and hands the position to the next opening', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned', 3) }
    const first = await stage.log.openPositioned(source)
    expect(first.position).toBe(null)
    await first.publish(numbered(source.topic, 0, 10), 'after 10')
    await first.publish(numbered(source.topic, 10, 25), 'after 25 – ü')
    expect(first.position).toBe('after 25 – ü')
    await first.close()
    const client = await stage.open()
    const second = await client.openPositioned(source)
    expect(second.position).toBe('after 25 – ü')
    await second.close()
    await stage.close(client)
    const values = numbered(source.topic, 0, 25).map(({ value }) => value)
    expect(await valuesOf(stage, source.topic)).toEqual(values.sort())
  })

  test('keeps order, keys, partitions and headers of very many records in one publish', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned', 2) }
    const publisher = await stage.log.openPositioned(source)
    const headers = { mark: '1' }
    const records = Array.from({ length: 30_000 }, (_, i) => ({
      topic: source.topic,
      partition: i % 2,
      key: `key-${i % 7}`,
      value: `${i}`,
      headers,
    }))
    await publisher.publish(records, 'all')
    await publisher.close()
    const found = await readTopic(stage.log, source.topic, stage.group())
    expect(found.map((own) => own.length)).toEqual([15_000, 15_000])
    for (const [partition, own] of found.entries()) {
      expect(own.every((record, i) => textOf(record.value) === `${2 * i + partition}`)).toBe(true)
    }
    expect([textOf(found[1]?.[3]?.key), textOf(found[1]?.[3]?.headers?.mark)]).toEqual(['key-0', '1'])
  })

  test('moves the position without records, too', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned') }
    const publisher = await stage.log.openPositioned(source)
    await publisher.publish([], 'moved')
    await publisher.close()
    const again = await stage.log.openPositioned(source)
    expect(again.position).toBe('moved')
    await again.close()
  })

  test('keeps a position for each source by itself', async () => {
    const topic = await stage.topic('positioned')
    const [one, other] = [stage.group(), stage.group()]
    const publishers = [
      await stage.log.openPositioned({ name: one, topic }),
      await stage.log.openPositioned({ name: other, topic }),
    ]
    for (const [i, publisher] of publishers.entries()) await publisher.publish(numbered(topic, i, i + 1), `after ${i}`)
    for (const publisher of publishers) await publisher.close()
    const reopened = await stage.log.openPositioned({ name: one, topic })
    expect(reopened.position).toBe('after 0')
    await reopened.close()
    expect(await valuesOf(stage, topic)).toEqual(['value-0', 'value-1'])
  })
}

function takingOver(stage: Stage): void {
  test('refuses a publisher whose source was opened again, with nothing of it written', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned') }
    const client = await stage.open()
    const old = await client.openPositioned(source)
    await old.publish(numbered(source.topic, 0, 1), 'after 1')
    const next = await stage.log.openPositioned(source)
    expect(next.position).toBe('after 1')
    await expect(old.publish(numbered(source.topic, 90, 99), 'after 99')).rejects.toMatchObject({ retryable: true })
    await next.publish(numbered(source.topic, 1, 2), 'after 2')
    await old.close()
    await stage.close(client)
    const last = await stage.log.openPositioned(source)
    expect(last.position).toBe('after 2')
    await last.close()
    expect(await valuesOf(stage, source.topic)).toEqual(['value-0', 'value-1'])
  })

  test('refuses everything after a failure, until it is opened again', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned') }
    const publisher = await stage.log.openPositioned(source)
    const other = await stage.log.openPositioned(source)
    await other.close()
    await expect(publisher.publish(numbered(source.topic, 0, 1), 'a')).rejects.toThrow()
    await expect(publisher.publish(numbered(source.topic, 0, 1), 'a')).rejects.toThrow()
    await publisher.close()
  })
}

function refusals(stage: Stage): void {
  test('writes nothing at all when one record cannot be written', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned') }
    const missing = stage.fixture.topic('none')
    const publisher = await stage.log.openPositioned(source)
    await publisher.publish(numbered(source.topic, 0, 2), 'after 2')
    const wrong = [...numbered(source.topic, 2, 4), { topic: missing, key: 'k', value: 'v' }]
    await expect(publisher.publish(wrong, 'after 5')).rejects.toMatchObject({ code: 'LOG_TOPIC_MISSING' })
    await expect(publisher.publish(numbered(source.topic, 4, 6), 'after 6')).rejects.toThrow(/not opened again/)
    await publisher.close()
    const again = await stage.log.openPositioned(source)
    expect(again.position).toBe('after 2')
    await again.close()
    expect(await valuesOf(stage, source.topic)).toEqual(['value-0', 'value-1'])
  })

  test('refuses to open on a topic that does not exist', async () => {
    const opening = stage.log.openPositioned({ name: stage.group(), topic: stage.fixture.topic('none') })
    await expect(opening).rejects.toMatchObject({ name: 'PlatformError', code: 'LOG_TOPIC_MISSING' })
  })

  test('refuses a position that is too long', async () => {
    const source = { name: stage.group(), topic: await stage.topic('positioned') }
    const publisher = await stage.log.openPositioned(source)
    await expect(publisher.publish([], 'x'.repeat(METADATA_BYTES_MAX + 1))).rejects.toThrow(/at most/)
    await expect(publisher.publish([], 'x')).rejects.toThrow(/not opened again/)
    await publisher.close()
  })
}

function killed(stage: Stage): void {
  test('loses and doubles nothing of a source that is killed and started again', async (context) => {
    const source = { name: stage.group(), topic: await stage.topic('positioned', 2) }
    for (const [round, publishes] of [20, 3, 11].entries()) {
      const child = startChild(stage, context, ['position', source.topic, source.name])
      await until(() => child.lines.length >= publishes, `${publishes} publishes in round ${round}`)
      await kill(child)
    }
    const last = await stage.log.openPositioned(source)
    const count = Number(last.position)
    await last.close()
    expect(count).toBeGreaterThanOrEqual(3 * (20 + 3 + 11))
    const values = numbered(source.topic, 0, count).map(({ value }) => value)
    expect(await valuesOf(stage, source.topic)).toEqual(values.sort())
  })

  test('refuses a source that was frozen while another took over', async (context) => {
    const source = { name: stage.group(), topic: await stage.topic('positioned') }
    const child = startChild(stage, context, ['position', source.topic, source.name, '15'])
    await until(() => child.lines.includes('waiting'), 'the child waits')
    child.process.kill('SIGSTOP')
    const next = await stage.log.openPositioned(source)
    const from = Number(next.position)
    expect(from).toBe(15)
    await next.publish(numbered(source.topic, from, from + 3), String(from + 3))
    child.process.stdin?.write('go\n')
    child.process.kill('SIGCONT')
    await until(() => child.lines.includes('refused'), 'the child is refused')
    await kill(child)
    await next.publish(numbered(source.topic, from + 3, from + 6), String(from + 6))
    await next.close()
    const values = numbered(source.topic, 0, from + 6).map(({ value }) => value)
    expect(await valuesOf(stage, source.topic)).toEqual(values.sort())
  })
}
