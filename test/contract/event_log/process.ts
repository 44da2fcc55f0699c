// Contract: processes that are killed or frozen lose and double nothing. Needs the fixture's `child` ability.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, type TestContext, test } from 'vitest'
import { copier, numbered, textOf } from './copier.ts'
import { expectCopiedOnce, readTopic, type Stage, startRun, until, untilCommitted } from './stage.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const PARTITIONS = 4

/** A child process and the lines that it has printed. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  readonly closed: Promise<unknown>
}

/** Starts a child process on the stage's log; killed at the end of the test at the latest. */
export function startChild(stage: Stage, context: TestContext, args: readonly string[]): Child {
  const ability = stage.fixture.child
  if (ability === undefined) return context.skip('this log cannot be opened by a child process')
  const options = { stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] }
  const child = spawn(process.execPath, [CHILD, ability.module, ability.argument, ...args], options)
  context.onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  return { process: child, lines, closed: once(child, 'close') }
}

/** Kills a child and waits for its end. */
export async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL')
  await child.closed
}

export function processContract(stage: Stage): void {
  publisher(stage)
  killedMember(stage)
  frozenMember(stage)
}

function publisher(stage: Stage): void {
  test('keeps every acknowledged record of a publisher that is killed', async (context) => {
    const topic = await stage.topic('killed')
    const child = startChild(stage, context, ['publish', topic])
    await until(() => child.lines.length >= 50, 'fifty acknowledged publishes')
    await kill(child)
    const acknowledged = Number(child.lines.at(-1)) + 1
    const client = await stage.open()
    const [records = []] = await readTopic(client, topic, stage.group())
    await stage.close(client)
    expect(records.length).toBeGreaterThanOrEqual(acknowledged)
    expect(records.length).toBeLessThanOrEqual(acknowledged + 1)
    expect(records.map((record) => textOf(record.value))).toEqual(records.map((_, i) => `value-${i}`))
  })
}

function killedMember(stage: Stage): void {
  test('takes over from a member that is killed', async (context) => {
    const [input, output] = [await stage.topic('in', PARTITIONS), await stage.topic('out', PARTITIONS)]
    const group = stage.group()
    const child = startChild(stage, context, ['copy', input, output, group])
    await stage.log.publish(numbered(input, 0, 200))
    await until(() => child.lines.includes('batch'), 'the child works')
    await kill(child)
    await stage.log.publish(numbered(input, 200, 400))
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, copier(output))
    await untilCommitted(stage.log, run, { group, topic: input, count: 400 })
    await run.stop()
    await expectCopiedOnce(stage, output, 400)
  })
}

function frozenMember(stage: Stage): void {
  test('refuses the commit of a member that was frozen while another took over', async (context) => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const child = startChild(stage, context, ['copy', input, output, group])
    await stage.log.publish(numbered(input, 0, 50))
    await untilCopied(child, 'batch')
    await stage.log.publish([{ topic: input, key: 'wait', value: 'wait' }])
    await untilCopied(child, 'waiting')
    child.process.kill('SIGSTOP')
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, copier(output))
    await untilCommitted(stage.log, run, { group, topic: input, count: 51 })
    child.process.stdin?.write('go\n')
    child.process.kill('SIGCONT')
    await untilCopied(child, 'closed')
    await stage.log.publish(numbered(input, 51, 101))
    await untilCommitted(stage.log, run, { group, topic: input, count: 101 })
    await kill(child)
    await run.stop()
    await expectCopiedOnce(stage, output, 101)
  })
}

async function untilCopied(child: Child, line: string): Promise<void> {
  await until(() => child.lines.includes(line), `the child prints "${line}"`)
}
