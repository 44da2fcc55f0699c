// A process with kafkajs as it is, since ours is patched: reads the given number of records of a topic and prints them.

import kafkajs, { type KafkaMessage } from 'kafkajs'

const [brokers = '', topic = '', count = ''] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: `bare-${topic}` })
const text = (content: unknown) => (Buffer.isBuffer(content) ? content.toString('latin1') : null)
const read: object[] = []

await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await new Promise<void>((resolve) => {
  const take = async ({ message }: { message: KafkaMessage }) => {
    const headers = Object.entries(message.headers ?? {}).map(([name, content]) => [name, text(content)])
    read.push({ offset: message.offset, key: text(message.key), value: text(message.value), headers })
    if (read.length === Number(count)) resolve()
  }
  void consumer.run({ eachMessage: take })
})
await consumer.disconnect()
process.stdout.write(JSON.stringify(read))
