// The simulated cluster keeps Kafka's rules where exactly-once hangs on them: fencing, markers, what readers may see,
// who is in the group; and virtual time is as exact as it says.

import { describe, expect, test } from 'vitest'
import { SimulatedBroker } from '#support/simulation/cluster/broker'
import type { OffsetCommit } from '#support/simulation/cluster/offsets_log'
import { randomOf } from '#support/simulation/world/random'
import { clockOf, SimulatedProcess } from '#support/simulation/world/simulated_process'
import { VirtualTime } from '#support/simulation/world/virtual_time'

const ID = 'tickerlake.stream.in.0'
const record = { key: null, value: Buffer.from('x') }
const offsetOf = (offset: number): OffsetCommit => ({ topic: 'in', partition: 0, offset, metadata: '' })

function stage({ verifies = true } = {}) {
  const time = new VirtualTime(0, randomOf(1, 'order').next)
  const broker = new SimulatedBroker({
    time,
    random: randomOf(1, 'broker'),
    topics: ['in', 'out'],
    inputTopic: 'in',
    partitions: 2,
    sessionTimeoutMs: 1_000,
    rebalanceTimeoutMs: 2_000,
    transactionTimeoutMs: 5_000,
    slowMarkers: 0,
    verifies,
    onOffset: () => {},
  })
  const passed = (ms: number) => {
    const until = time.now + ms
    time.after(ms, () => {})
    return time.run(() => time.now >= until)
  }
  const begin = (producer: { producerId: number; epoch: number }, offset: number) => {
    const request = { transactionalId: ID, ...producer }
    broker.transactions.add(request, [broker.log('out', 0), broker.offsets])
    broker.produce(request, [{ topic: 'out', partition: 0, sequence: broker.log('out', 0).end, records: [record] }])
    broker.commitOffsets(request, [offsetOf(offset)])
    return request
  }
  return { time, broker, passed, begin }
}

describe('a transaction', () => {
  test('shows its records and offsets together, some time after its end was answered', async () => {
    const { broker, passed, begin } = stage()
    const request = begin(broker.transactions.init(ID), 5)
    broker.transactions.end(request, true)
    expect(broker.log('out', 0).lastStable).toBe(0)
    expect(broker.offsets.of('in', 0)).toBe(null)
    expect(() => broker.transactions.init(ID)).toThrow(/ongoing transaction|concurrent/i)
    await passed(20)
    expect(broker.log('out', 0).lastStable).toBe(2)
    expect(broker.log('out', 0).committed()).toHaveLength(1)
    expect(broker.offsets.of('in', 0)).toMatchObject({ offset: 5 })
  })

  test('is aborted by the next producer, and nothing of it can be added or committed after that', async () => {
    const { broker, passed, begin } = stage({ verifies: false })
    const old = begin(broker.transactions.init(ID), 5)
    expect(() => broker.transactions.init(ID)).toThrow()
    await passed(20)
    const next = broker.transactions.init(ID)
    expect(next.epoch).toBeGreaterThan(old.epoch)
    const late = [
      () => broker.transactions.add(old, [broker.log('out', 0)]),
      () => broker.produce(old, [{ topic: 'out', partition: 0, sequence: 1, records: [record] }]),
      () => broker.commitOffsets(old, [offsetOf(6)]),
      () => broker.transactions.end(old, true),
    ]
    for (const each of late) expect(each).toThrow()
    expect(broker.log('out', 0).committed()).toEqual([])
    expect(broker.offsets.of('in', 0)).toBe(null)
  })

  test('that nobody ends is aborted in the end, and its producer fenced', async () => {
    const { broker, passed, begin } = stage()
    const request = begin(broker.transactions.init(ID), 5)
    await passed(5_100)
    expect(broker.log('out', 0).lastStable).toBe(2)
    expect(() => broker.transactions.end(request, true)).toThrow()
  })

  test('is ended by what was meant for the one before, if that comes late from the same producer', async () => {
    const { broker, passed, begin } = stage()
    const producer = broker.transactions.init(ID)
    broker.transactions.end(begin(producer, 5), false)
    await passed(20)
    const request = { transactionalId: ID, ...producer }
    broker.transactions.add(request, [broker.offsets])
    broker.commitOffsets(request, [offsetOf(9)])
    broker.transactions.end(request, false)
    await passed(20)
    expect(broker.offsets.of('in', 0)).toBe(null)
  })

  test('takes a batch that is sent twice once', () => {
    const { broker } = stage()
    const request = { transactionalId: ID, ...broker.transactions.init(ID) }
    const batch = { topic: 'out', partition: 0, sequence: 0, records: [record, record] }
    broker.transactions.add(request, [broker.log('out', 0)])
    broker.produce(request, [batch])
    broker.produce(request, [batch])
    expect(broker.log('out', 0).end).toBe(2)
    expect(() => broker.produce(request, [{ ...batch, sequence: 5 }])).toThrow(/sequence/i)
  })
})

describe('the group', () => {
  test('deals all partitions out, and tells a member of a rebalance by its heartbeat', async () => {
    const { broker } = stage()
    const one = await broker.group.join('')
    expect(one.partitions).toEqual([0, 1])
    const joining = broker.group.join('')
    expect(() => broker.group.heartbeat(one.memberId, one.generation)).toThrow(/rebalanc/i)
    const [again, other] = await Promise.all([broker.group.join(one.memberId), joining])
    expect([...again.partitions, ...other.partitions].sort()).toEqual([0, 1])
  })

  test('forgets a member that is silent for a session, or does not join in time', async () => {
    const { broker, passed } = stage()
    const one = await broker.group.join('')
    await passed(1_001)
    expect(() => broker.group.heartbeat(one.memberId, one.generation)).toThrow(/member/i)
    const two = await broker.group.join('')
    const joining = broker.group.join('')
    await passed(2_001)
    expect((await joining).partitions).toEqual([0, 1])
    expect(() => broker.group.heartbeat(two.memberId, two.generation)).toThrow(/member/i)
  })
})

describe('virtual time', () => {
  test('passes by its events only, in their order', async () => {
    const time = new VirtualTime(0, randomOf(3, 'order').next)
    const seen: number[] = []
    for (const ms of [50, 10, 30, 10, 1_000_000]) time.after(ms, () => void seen.push(time.now))
    time.after(20, () => seen.push(-1))()
    await time.run(() => false)
    expect(seen).toEqual([10, 10, 30, 50, 1_000_000])
  })

  test('a frozen process wakes after its thaw, a killed one never', async () => {
    const time = new VirtualTime(0, randomOf(3, 'order').next)
    const seen: string[] = []
    for (const kind of ['frozen', 'killed'] as const) {
      const process = new SimulatedProcess(kind)
      void clockOf(process, time, 0)
        .sleep(10)
        .then(() => seen.push(`${kind} at ${time.now}`))
      time.after(5, () => (kind === 'frozen' ? process.freeze() : process.kill()))
      time.after(70, () => process.thaw('timer'))
    }
    await time.run(() => false)
    expect(seen).toEqual(['frozen at 70'])
  })
})
