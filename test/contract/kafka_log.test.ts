// The EventLog contract on a real Kafka.

import { describeWithKafka, uniqueName } from '#support/services/services'
import { eventLogContract } from './event_log.ts'
import { openLog } from './kafka_log_child.ts'

describeWithKafka('Kafka', ({ brokers }) => {
  eventLogContract('kafka', async () => ({
    open: () => openLog(brokers),
    topic: uniqueName,
    close: async () => {},
    child: { module: new URL('./kafka_log_child.ts', import.meta.url).href, argument: brokers },
  }))
})
