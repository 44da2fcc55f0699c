// Publishes the load of the latency bench, open loop: what is due is sent, however long the sends before it took.
// Prints how long after they were meant to be sent quotes were acknowledged. Arguments: brokers, the load as JSON.

import { openKafkaLog } from '#log/kafka/kafka_log'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { dueBefore, figuresOf, intendedAt, latencyLoad, latencyRecord, now, quoteCount, WARM_UP_MS } from './load.ts'

const load = latencyLoad(process.argv[3])
const brokers = (process.argv[2] ?? '').split(',')
const options = { clientId: 'bench-publisher', ssl: false, clock: systemClock, logger: silentLogger }
const log = await openKafkaLog({ ...options, brokers })
const acknowledged: number[] = []
const count = quoteCount(load)

for (let sent = 0; sent < count; ) {
  const due = Math.min(count, dueBefore(load, now()))
  if (due <= sent) {
    await systemClock.sleep(Math.max(1, intendedAt(load, sent) - now()))
    continue
  }
  await log.publish(Array.from({ length: due - sent }, (_, i) => latencyRecord(load, sent + i)))
  const at = now()
  for (; sent < due; sent++) {
    const intended = intendedAt(load, sent)
    if (intended - load.startAt >= WARM_UP_MS) acknowledged.push(at - intended)
  }
}
await log.close()
process.stdout.write(`${JSON.stringify(figuresOf(acknowledged))}\n`)
process.exit(0)
