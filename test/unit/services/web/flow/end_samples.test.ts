import { expect, test } from 'vitest'
import { type EpochMs, type Offset, offset } from '#runtime/units'
import { EndSamples } from '#services/web/flow/end_samples'
import { RATE_WINDOW_MS, SAMPLE_GAP_MS_MAX, SAMPLES_MAX } from '#services/web/flow/limits'

const at = (time: number) => time as EpochMs
const topicAt = (ends: readonly number[], id = 'id') => ({
  topic: 't',
  id,
  ranges: ends.map((end, partition) => ({ topic: 't', partition, start: 0 as Offset, end: offset(end) })),
})
const first = { topic: 't', partition: 0 }

test('the rate is that of the last seconds, over all partitions', () => {
  const samples = new EndSamples()
  samples.take(at(0), topicAt([0, 0]))
  samples.take(at(100_000), topicAt([1000, 0]))
  expect(samples.recordsPerSecond('t')).toBe(null)
  samples.take(at(100_000 + RATE_WINDOW_MS / 2), topicAt([1030, 30]))
  expect(samples.recordsPerSecond('t')).toBe(10)
})

test('a topic that nobody looked at has no rate', () => {
  expect(new EndSamples().recordsPerSecond('t')).toBe(null)
})

test('a topic that was made anew begins anew', () => {
  const samples = new EndSamples()
  samples.take(at(0), topicAt([500]))
  samples.take(at(2000), topicAt([10], 'another'))
  expect(samples.recordsPerSecond('t')).toBe(null)
  expect(samples.arrivalOf(first, offset(5))).toBe(null)
})

test('a record came when its partition was first seen to end behind it', () => {
  const samples = new EndSamples()
  samples.take(at(0), topicAt([10]))
  samples.take(at(2000), topicAt([10]))
  samples.take(at(4000), topicAt([12]))
  samples.take(at(6000), topicAt([20]))
  expect(samples.arrivalOf(first, offset(10))).toBe(4000)
  expect(samples.arrivalOf(first, offset(11))).toBe(4000)
  expect(samples.arrivalOf(first, offset(12))).toBe(6000)
})

test('when a record came is unknown before the first look, and after a long pause', () => {
  const samples = new EndSamples()
  samples.take(at(0), topicAt([10]))
  samples.take(at(SAMPLE_GAP_MS_MAX + 1), topicAt([12]))
  expect(samples.arrivalOf(first, offset(9))).toBe(null)
  expect(samples.arrivalOf(first, offset(10))).toBe(null)
  expect(samples.arrivalOf(first, offset(12))).toBe(null)
})

test('a partition that is new was not seen before its first record', () => {
  const samples = new EndSamples()
  samples.take(at(0), topicAt([10]))
  samples.take(at(2000), topicAt([10, 5]))
  expect(samples.arrivalOf({ topic: 't', partition: 1 }, offset(0))).toBe(null)
})

test('only the last ends are remembered', () => {
  const samples = new EndSamples()
  for (let i = 0; i <= SAMPLES_MAX + 1; i++) samples.take(at(i * 2000), topicAt([i]))
  expect(samples.arrivalOf(first, offset(0))).toBe(null)
  expect(samples.arrivalOf(first, offset(2))).toBe(6000)
})
