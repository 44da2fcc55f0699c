// The streams of a kill test: as many alive as there should be, each that is killed replaced at once.

import { fileURLToPath } from 'node:url'
import { systemClock } from '#runtime/clock'
import { type Ended, type RunningTickerlake, startProgram } from '#support/start_tickerlake'
import type { StreamChild } from './stream_child.ts'

const CHILD = fileURLToPath(new URL('./stream_child.ts', import.meta.url))
const TAKEOVER_CHECK_MS = 50
const JOIN_MS_MAX = 60_000

/** A line that a stream has logged. */
export interface LoggedLine {
  readonly level: number
  readonly msg: string
  readonly partitions?: number
  readonly reason?: string
}

/** Whether a stream says there that a commit of its was refused, since another instance has the partition. */
export function isRefusal({ msg }: LoggedLine): boolean {
  return msg.includes('another instance has taken over')
}

/** Streams on one group. */
export class Instances {
  readonly #child: StreamChild
  readonly #alive: RunningTickerlake[] = []
  readonly #all: RunningTickerlake[] = []
  /** How those ended that nobody had killed or stopped. */
  readonly deserters: string[] = []
  #stopping = false

  constructor(child: StreamChild, count: number) {
    this.#child = child
    for (let i = 0; i < count; i++) this.#start()
  }

  /** What all of them have logged so far. */
  lines(): LoggedLine[] {
    return this.#all.flatMap(linesOf)
  }

  /** kill -9 of one of them, whichever; another takes its place. */
  async killOne(): Promise<void> {
    const [victim] = this.#alive.splice(Math.floor(Math.random() * this.#alive.length), 1)
    this.#start()
    await victim?.stop('SIGKILL')
  }

  /** Freezes one before it commits, until another holds all partitions: it wakes up as a zombie, its commit in hand. */
  async freezeOne(partitions: number, waitMs: number): Promise<void> {
    const deadline = systemClock.now() + waitMs
    const zombie = await this.#awaited(deadline, () => this.#alive.find((each) => joinsOf(each).at(-1)))
    if (zombie === undefined) throw new Error('no stream was given a partition')
    const others = this.#alive.filter((each) => each !== zombie).map((each) => ({ each, from: joinsOf(each).length }))
    // It may have been a zombie before.
    const frozenBefore = freezesOf(zombie)
    process.kill(zombie.pid, 'SIGUSR2')
    const frozen = await this.#awaited(deadline, () => freezesOf(zombie) > frozenBefore || undefined)
    if (!frozen) throw new Error('the stream has not come to the moment at which it freezes')
    const refusedBefore = refusalsOf(zombie)
    const takenOver = () => others.some(({ each, from }) => joinsOf(each).slice(from).at(-1) === partitions)
    const done = await this.#awaited(deadline, () => takenOver() || undefined)
    process.kill(zombie.pid, 'SIGCONT')
    if (!done) throw new Error('nobody has taken over from the frozen stream')
    // What comes next may be the end of the zombie or of the broker, and neither must come before the refusal.
    const isRefused = () => refusalsOf(zombie) > refusedBefore || !this.#alive.includes(zombie)
    await this.#awaited(systemClock.now() + waitMs, () => isRefused() || undefined)
  }

  /** Sends all a signal. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const { pid } of this.#alive) process.kill(pid, signal)
  }

  /** Stops all in good order, once they have joined; how they ended. */
  async stopAll(): Promise<Ended[]> {
    await Promise.all(this.#alive.map((each) => each.waitForLine(/joined the group/, JOIN_MS_MAX)))
    this.#stopping = true
    return await Promise.all(this.#alive.map((each) => each.stop()))
  }

  #start(): void {
    const started = startProgram(['--max-semi-space-size=8', CHILD, JSON.stringify(this.#child)], {})
    this.#alive.push(started)
    this.#all.push(started)
    void started.ended.then((end) => {
      const at = this.#alive.indexOf(started)
      if (at < 0 || this.#stopping) return
      this.deserters.push(`${end.code ?? end.signal}: ${started.stderr.join('\n')}`)
      this.#alive.splice(at, 1)
      this.#start()
    })
  }

  async #awaited<T>(deadline: number, look: () => T | undefined): Promise<T | undefined> {
    let found = look()
    while (found === undefined && systemClock.now() < deadline) {
      await systemClock.sleep(TAKEOVER_CHECK_MS)
      found = look()
    }
    return found
  }
}

/** How many partitions it was given each time that it joined. */
function joinsOf(stream: RunningTickerlake): number[] {
  const joins = linesOf(stream).filter(({ msg }) => msg === 'joined the group')
  return joins.map(({ partitions }) => partitions ?? 0)
}

/** How often it has frozen. */
function freezesOf({ stdout }: RunningTickerlake): number {
  return stdout.filter((line) => line === 'freezing').length
}

/** How often it was refused because another had taken over. */
function refusalsOf(stream: RunningTickerlake): number {
  return linesOf(stream).filter(isRefusal).length
}

function linesOf({ stdout }: RunningTickerlake): LoggedLine[] {
  return stdout.flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as LoggedLine] : []))
}
