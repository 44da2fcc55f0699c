// The way from a process to the broker and back. A request takes its time, and by the seed it is lost, lands late,
// is refused, or its answer is lost after it took effect. Not in order: a later request may overtake one that hangs.

import type { History } from './history.ts'
import { connectionClosed, protocolError, requestTimedOut } from './kafkajs_errors.ts'
import type { Random } from './random.ts'
import type { SimulatedProcess } from './simulated_process.ts'
import type { VirtualTime } from './virtual_time.ts'

/** How often requests go wrong, by what happens to them; probabilities. */
export interface FaultRates {
  /** Never lands. */
  readonly lost: number
  /** Takes effect, but the answer is lost. */
  readonly unanswered: number
  /** The client gives up, and it takes effect after that. */
  readonly late: number
  /** The broker says: not now. */
  readonly refused: number
  /** Takes long, but not too long. */
  readonly slow: number
}

export type Fault = keyof FaultRates

/** One kind of fault for requests whose name begins so, on top of the rates. */
export interface AimedFault {
  readonly at: string
  readonly fault: Fault
  readonly rate: number
}

/** A request as the simulated client sends it. */
export interface SimulatedRequest<T> {
  readonly name: string
  /** What it does at the broker; throws what the broker answers if it says no. */
  readonly effect: () => T | Promise<T>
  readonly timeoutMs?: number
  /** How the broker says that it cannot just now; absent: it never does. */
  readonly refusal?: string
}

/** The parts of a network. */
export interface NetworkOptions {
  readonly time: VirtualTime
  readonly random: Random
  readonly history: History
  readonly rates: FaultRates
  readonly aimed: AimedFault | null
  readonly requestTimeoutMs: number
  /** The longest that a request on its way is held back. */
  readonly lateMsMax: number
}

const LATENCY_MS_MAX = 4
const LANDS_AFTER_DEATH = 0.7

/** All processes' ways to the broker. */
export class Network {
  readonly #options: NetworkOptions
  #faulty = true

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** From now on every request lands and is answered. Those that are late still come. */
  heal(): void {
    this.#faulty = false
  }

  /** Sends a request and waits for its answer, or for the client to give up. */
  request<T>(process: SimulatedProcess, request: SimulatedRequest<T>): Promise<T> {
    const { time, random, requestTimeoutMs } = this.#options
    const timeoutMs = request.timeoutMs ?? requestTimeoutMs
    return new Promise((resolve, reject) => {
      const fault = this.#draw(process, request)
      const end = (act: () => void) => {
        giveUp()
        act()
      }
      const answer = (act: () => void, ms = this.#latency()) =>
        time.after(ms, () => process.deliver('answer', () => end(act)))
      const giveUp = time.after(timeoutMs, () =>
        process.deliver('timer', () => end(() => reject(requestTimedOut(request.name)))),
      )
      if (fault === 'refused') return void answer(() => reject(protocolError(request.refusal as string)))
      const isBroken = fault === 'lost' || fault === 'unanswered' || fault === 'late'
      if (isBroken && random.chance(0.5)) {
        answer(() => reject(connectionClosed(request.name)), random.whole(1, timeoutMs))
      }
      if (fault === 'lost') return
      const land = () => {
        if (process.isDead && !random.chance(LANDS_AFTER_DEATH)) return
        void effectOf(request).then(
          (value) => !isBroken && answer(() => resolve(value)),
          (error: unknown) => !isBroken && answer(() => reject(error)),
        )
      }
      time.after(this.#delay(fault, timeoutMs), land)
    })
  }

  #draw(process: SimulatedProcess, request: SimulatedRequest<unknown>): Fault | null {
    if (!this.#faulty) return null
    const fault = process.isCut ? this.#options.random.pick(CUT_FAULTS) : this.#drawKind(request.name)
    if (fault === null || (fault === 'refused' && request.refusal === undefined)) return null
    this.#options.history.add(`${process.name}: ${request.name} ${WORDS[fault]}`)
    return fault
  }

  #drawKind(name: string): Fault | null {
    const { rates, aimed, random } = this.#options
    if (aimed !== null && name.startsWith(aimed.at) && random.chance(aimed.rate)) return aimed.fault
    let at = random.next()
    for (const fault of FAULTS) {
      at -= rates[fault]
      if (at < 0) return fault
    }
    return null
  }

  #delay(fault: Fault | null, timeoutMs: number): number {
    const { random, lateMsMax } = this.#options
    if (fault === 'slow') return random.whole(LATENCY_MS_MAX, timeoutMs - 2 * LATENCY_MS_MAX)
    if (fault === 'late')
      return random.chance(0.3) ? random.whole(1, timeoutMs) : timeoutMs + random.whole(1, lateMsMax)
    return this.#latency()
  }

  #latency(): number {
    return this.#options.random.whole(0, LATENCY_MS_MAX)
  }
}

/** All kinds of faults. */
export const FAULTS = ['lost', 'unanswered', 'late', 'refused', 'slow'] as const
const CUT_FAULTS = ['lost', 'late'] as const
const WORDS: Record<Fault, string> = {
  lost: 'is lost',
  unanswered: 'takes effect, its answer is lost',
  late: 'is given up and lands late',
  refused: 'is refused for now',
  slow: 'is slow',
}

async function effectOf<T>(request: SimulatedRequest<T>): Promise<T> {
  return await request.effect()
}
