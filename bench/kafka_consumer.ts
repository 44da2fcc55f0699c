// Kafka's own consumer as the yardstick: org.apache.kafka.tools.ConsumerPerformance of the jars that the tests' native
// broker runs on, with the heap that its script gives it. It reads records, and does nothing with them.

import { join } from 'node:path'
import { PRICES_TOPIC } from '#market/topics'
import { kafkaJars } from '#support/services/native_kafka'
import { runWhole, type Usage } from './whole_process.ts'

/** Reads so many records of stock-prices. */
export type KafkaConsumer = (brokers: string, records: number) => Promise<Usage>

/** The consumer; null, and said, where its jars or Java are not. */
export async function findKafkaConsumer(say: (line: string) => void): Promise<KafkaConsumer | null> {
  const found = await kafkaJars(process.env, say)
  if ('libs' in found) return (brokers, records) => consume(found.libs, brokers, records)
  say(`no ratios to Kafka's own consumer: ${found.refusal}`)
  return null
}

async function consume(libs: string, brokers: string, records: number): Promise<Usage> {
  const java = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', join(libs, '*')]
  const where = ['--bootstrap-server', brokers, '--topic', PRICES_TOPIC, '--num-records', String(records)]
  const args = [...java, 'org.apache.kafka.tools.ConsumerPerformance', ...where, '--hide-header']
  const usage = await runWhole({ command: 'java', args, env: {} })
  // start.time, end.time, MB, MB/s, records, ...
  const read = Number(usage.stdout.split(',')[4])
  if (read < records) throw new Error(`Kafka's own consumer has read ${read} records, not ${records}`)
  return usage
}
