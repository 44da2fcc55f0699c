// A process of its own in the EventLog contract: publishes or copies until it is killed, and prints what it has done.
// Arguments: module argument `publish` topic | `position` topic source waitAt | `copy` input output group.

import { once } from 'node:events'
import { writeSync } from 'node:fs'
import type { EventLog, Processor } from '#log/event_log'
import { copier, numbered, textOf } from './copier.ts'

const STDOUT = 1

async function publishForever(log: EventLog, topic: string): Promise<never> {
  for (let n = 0; ; n++) {
    await log.publish([{ topic, key: 'k', value: `value-${n}` }])
    say(String(n))
  }
}

/**
 * Publishes three records at a time from where the source stands; says `refused` and ends when it may not. With
 * `waitAt` records published it waits until a line comes in.
 */
async function publishPositioned(log: EventLog, source: { topic: string; name: string }, waitAt: number) {
  const publisher = await log.openPositioned(source)
  try {
    for (let n = Number(publisher.position ?? 0); ; n += 3) {
      if (n === waitAt) {
        say('waiting')
        await once(process.stdin, 'data')
      }
      await publisher.publish(numbered(source.topic, n, n + 3), String(n + 3))
      say(String(n + 3))
    }
  } catch {
    say('refused')
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
else if (role === 'position') await publishPositioned(log, { topic: input, name: output }, Number(group || -1))
else await copyForever(log, { input, output, group })
