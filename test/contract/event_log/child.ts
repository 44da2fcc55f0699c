// A process of its own in the EventLog contract: publishes or copies until it is killed, and prints what it has done.
// Arguments: module argument `publish` topic | `copy` input output group.

import { once } from 'node:events'
import { writeSync } from 'node:fs'
import type { EventLog, Processor } from '#log/event_log'
import { copier, textOf } from './copier.ts'

const STDOUT = 1

async function publishForever(log: EventLog, topic: string): Promise<never> {
  for (let n = 0; ; n++) {
    await log.publish([{ topic, key: 'k', value: `value-${n}` }])
    say(String(n))
  }
}

/** Copies; a record of the value `wait` is held until a line comes in. */
async function copyForever(log: EventLog, at: { input: string; output: string; group: string }): Promise<void> {
  const base = copier(at.output)
  const processor: Processor = {
    ...base,
    process: async (batch) => {
      if (batch.records.some((record) => textOf(record.value) === 'wait')) {
        say('waiting')
        await once(process.stdin, 'data')
      }
      const commits = await base.process(batch)
      say('batch')
      return commits
    },
    close: () => say('closed'),
  }
  const { signal } = new AbortController()
  await log.run({ group: at.group, topics: [at.input], commit: 'transaction', signal }, processor)
}

function say(line: string): void {
  writeSync(STDOUT, `${line}\n`)
}

const [module = '', argument = '', role, input = '', output = '', group = ''] = process.argv.slice(2)
const { openLog } = (await import(module)) as { openLog(argument: string): Promise<EventLog> }
const log = await openLog(argument)
if (role === 'publish') await publishForever(log, input)
else await copyForever(log, { input, output, group })
