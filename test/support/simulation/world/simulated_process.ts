// A process as the outside sees it: it runs, is frozen (SIGSTOP) or was killed. Whatever wakes its code passes through
// `deliver`: frozen, it waits; killed, it never comes. After a thaw timers come first, as in Node, or answers.

import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import type { VirtualTime } from './virtual_time.ts'

type Wake = 'timer' | 'answer'

/** One life of one instance. */
export class SimulatedProcess {
  readonly name: string
  readonly #held: { readonly wake: Wake; readonly act: () => void }[] = []
  /** Cut off from the broker. */
  isCut = false
  #state: 'running' | 'frozen' | 'dead' = 'running'

  constructor(name: string) {
    this.name = name
  }

  get isDead(): boolean {
    return this.#state === 'dead'
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen'
  }

  /** Wakes its code, now, later or never. */
  deliver(wake: Wake, act: () => void): void {
    if (this.#state === 'running') act()
    else if (this.#state === 'frozen') this.#held.push({ wake, act })
  }

  kill(): void {
    this.#state = 'dead'
    this.#held.length = 0
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen'
  }

  thaw(first: Wake): void {
    if (this.#state !== 'frozen') return
    this.#state = 'running'
    const held = this.#held.splice(0)
    for (const each of held) if (each.wake === first) each.act()
    for (const each of held) if (each.wake !== first) each.act()
  }
}

/** The Clock of a process; it may be off. */
export function clockOf(process: SimulatedProcess, time: VirtualTime, skewMs: number): Clock {
  return {
    now: () => (time.now + skewMs) as EpochMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const wake = () => {
          cancel()
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const cancel = time.after(ms, () => process.deliver('timer', wake))
        signal?.addEventListener('abort', wake, { once: true })
      }),
  }
}
