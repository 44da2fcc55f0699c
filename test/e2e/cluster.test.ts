// The services as separate processes on a real Kafka and a real S3 store: two streams and two writers share the
// partitions, a Python producer that knows nothing of us feeds them too, and another engine reads the tables.

import { describe, expect, test } from 'vitest'
import type { EventLog } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { PRICES_TOPIC, TOPICS } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { pythonEnvironment } from '#support/engines/python'
import { sqlRows } from '#support/lake/sql_rows'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithServices, uniqueName } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const TABLES = ['stocks', 'bars_1m', 'alerts', 'late_quotes', 'dead_letters']
const python = await pythonEnvironment()

const PYTHON_SYMBOLS = 7

/** The producer of the pipeline that this one replaces: no key, and nothing but symbol, price and timestamp. */
const PYTHON_PRODUCER = `
import json, sys, time
from kafka import KafkaProducer
producer = KafkaProducer(bootstrap_servers=sys.argv[1], value_serializer=lambda v: json.dumps(v).encode("utf-8"))
for i in range(int(sys.argv[2])):
    quote = {"symbol": "PY%d" % (i % ${PYTHON_SYMBOLS}), "price": 100.0 + i % 10, "timestamp": int(time.time() * 1000)}
    producer.send("stock-prices", value=quote)
producer.flush()
`

/** Counts rows with delta-rs, a Delta engine of other people. */
const PYTHON_READER = `
import json, sys
from deltalake import DeltaTable, QueryBuilder
options = json.loads(sys.argv[2])
counts = {}
for name in sys.argv[3:]:
    table = DeltaTable(sys.argv[1] + "/" + name, storage_options=options)
    rows = QueryBuilder().register("t", table).execute("select count(*) as n from t").read_all()
    counts[name] = rows.column("n")[0].as_py()
print(json.dumps(counts))
`

describeWithServices('on Kafka and S3', ({ kafka, s3 }) => {
  describe.skipIf('missing' in python)('with a producer and an engine of other people', () => {
    test('every quote of two producers is in the tables once, and delta-rs counts what we count', async () => {
      if ('missing' in python) return
      const lake = `s3://${uniqueName('lake')}/bronze`
      const env: Env = {
        KAFKA_BROKERS: kafka.brokers,
        LAKE_URL: lake,
        S3_ENDPOINT: s3.endpoint,
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        AWS_REGION: s3.region,
        DATA_DIR: temporaryFolder(),
        FLUSH_INTERVAL_MS: '1000',
        IDLE_CLOSE_MS: '3000',
      }
      await deletePlatformTopics(kafka.brokers)
      expect(await startTickerlake(['init'], env).ended).toEqual({ code: 0, signal: null })
      const services = ['stream', 'stream', 'write', 'write'].map((name) => startTickerlake([name], env))
      const produced = startTickerlake(['produce'], {
        ...env,
        SOURCE: 'simulator',
        SIMULATOR_RATE: '5000',
        SIMULATOR_QUOTES: '20000',
        SIMULATOR_FAULTS: 'malformed:0.01,duplicate:0.01,late:0.01',
      })
      await python.run(PYTHON_PRODUCER, [kafka.brokers, '700'])
      expect(await produced.ended).toEqual({ code: 0, signal: null })

      const log = await openKafkaLog({
        brokers: kafka.brokers.split(','),
        clientId: 'test',
        ssl: false,
        clock: systemClock,
        logger: silentLogger,
      })
      // The bars of the last minute come once no quote has come for a while.
      await expect.poll(() => symbolsWithBars(env), { timeout: 90_000, interval: 500 }).toBe(PYTHON_SYMBOLS)
      await expect.poll(() => isSettled(log), { timeout: 90_000, interval: 500 }).toBe(true)
      await log.close()
      for (const service of services) expect(await service.stop()).toEqual({ code: 0, signal: null })
      for (const service of services) expect(service.stderr).toEqual([])

      const [counts] = await sqlRows(
        `SELECT ${TABLES.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`).join(', ')}`,
        env,
      )
      const [sums] = await sqlRows(
        `SELECT (SELECT count(*) FROM stocks WHERE symbol LIKE 'PY%') AS python,
                (SELECT count(*) FROM stocks WHERE source = 'simulator') AS simulated`,
        env,
      )
      const sent = Number(/([\d,]+) records sent/.exec(produced.stdout.join('\n'))?.[1]?.replaceAll(',', ''))
      expect(sums).toMatchObject({ python: 700 })
      expect(sums?.simulated).toBeGreaterThan(19_000)
      expect(Number(counts?.stocks) + Number(counts?.dead_letters)).toBe(sent + 700)
      expect(counts?.dead_letters).toBeGreaterThan(0)
      const verify = startTickerlake(['verify', '--log'], env)
      expect(await verify.ended, verify.stderr.join('\n')).toMatchObject({ code: 0 })
      const options = {
        AWS_ENDPOINT_URL: s3.endpoint,
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        AWS_REGION: s3.region,
        AWS_ALLOW_HTTP: 'true',
      }
      expect(JSON.parse(await python.run(PYTHON_READER, [lake, JSON.stringify(options), ...TABLES]))).toEqual(counts)
    }, 240_000)
  })
})

/** Of how many of the Python producer's symbols the tables have bars. */
async function symbolsWithBars(env: Env): Promise<unknown> {
  const [found] = await sqlRows(`SELECT count(DISTINCT symbol) AS n FROM bars WHERE symbol LIKE 'PY%'`, env)
  return found?.n
}

/** Whether the stream has handled all quotes, and the writer all there is, by what their groups have committed. */
async function isSettled(log: EventLog): Promise<boolean> {
  if (!(await isRead(log, 'stream', PRICES_TOPIC))) return false
  const read = await Promise.all(TOPICS.map((topic) => isRead(log, 'writer', topic)))
  return read.every(Boolean)
}

async function isRead(log: EventLog, group: string, topic: string): Promise<boolean> {
  const [ranges, committed] = await Promise.all([log.ranges(topic), log.committed(group, topic)])
  return ranges.every(({ partition, end }) => end === 0 || (committed.get(partition)?.offset ?? 0) >= end)
}
