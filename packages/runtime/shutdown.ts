// Ending in good order: the first signal asks, a second one and the deadline insist. A signal may reach a process
// twice: from the terminal, which signals its whole group, and from a launcher in that group that passes on its own.
// That is one signal.

/** How long a command may take to end once it was asked to. */
export const SHUTDOWN_MAX_MS = 10_000

/** npm passes the terminal's signals on, too, and nothing tells whose one is: a second one so soon is its echo. */
export const NPM_ECHO_MS = 1_000

/** The exit code of a program that a user interrupted. */
const INTERRUPTED = 130

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type SignalName = (typeof SIGNALS)[number]

/** The message by which the launcher passes a signal on; bin/tickerlake.js writes it. */
export interface RelayedSignal {
  readonly signal: string
}

/** The part of `process` that is needed. `message` and `disconnect` come only where a launcher is. */
export interface Signals {
  on(name: SignalName | 'message' | 'disconnect', listener: (message: unknown) => void): unknown
  off(name: SignalName | 'message' | 'disconnect', listener: (message: unknown) => void): unknown
  exit(code: number): never
}

/** How signals are taken. */
export interface ShutdownOptions {
  /** Tells the user, on stderr. */
  readonly say: (text: string) => void
  /** Signals of one name so close together are one; 0 by default. */
  readonly echoMs?: number
}

/** Takes the process's signals until it is disposed of. */
export interface Shutdown {
  /** Aborted when the process was asked to end. */
  readonly signal: AbortSignal
  /** Asks as a first signal does; never insists. */
  ask(): void
  dispose(): void
}

/**
 * Aborts its signal at the first SIGINT, SIGTERM or SIGHUP, and when the launcher is gone. A second SIGINT or SIGTERM,
 * or SHUTDOWN_MAX_MS without an end, exits at once: nothing is lost by that, since what is durable was so before.
 */
export function openShutdown(process: Signals, { say, echoMs = 0 }: ShutdownOptions): Shutdown {
  const controller = new AbortController()
  const counts = new SignalCounts(echoMs)
  let deadline: NodeJS.Timeout | undefined
  const ask = () => {
    if (controller.signal.aborted) return
    deadline = setTimeout(() => {
      say(`did not end within ${SHUTDOWN_MAX_MS / 1000} s and leaves now; the next start goes on from the last commit`)
      process.exit(1)
    }, SHUTDOWN_MAX_MS)
    deadline.unref()
    controller.abort()
  }
  const take = (name: SignalName, way: Way) => {
    if (!counts.isNew(name, way)) return
    // A terminal that goes away may say so more than once: by itself and by its shell.
    if (controller.signal.aborted && name !== 'SIGHUP') process.exit(INTERRUPTED)
    ask()
  }
  const listeners = new Map<SignalName | 'message' | 'disconnect', (message: unknown) => void>([
    ...SIGNALS.map((name) => [name, () => take(name, 'direct')] as const),
    ['message', (message) => isRelayed(message) && take(message.signal, 'relayed')],
    ['disconnect', ask],
  ])
  for (const [name, listener] of listeners) process.on(name, listener)
  return {
    signal: controller.signal,
    ask,
    dispose() {
      clearTimeout(deadline)
      for (const [name, listener] of listeners) process.off(name, listener)
    },
  }
}

type Way = 'direct' | 'relayed'

/** A signal that came both ways is one: of each name there were as many as came by the way that brought more. */
class SignalCounts {
  readonly #echoMs: number
  readonly #counts = new Map<SignalName, Record<Way | 'newAt', number>>()

  constructor(echoMs: number) {
    this.#echoMs = echoMs
  }

  isNew(name: SignalName, way: Way): boolean {
    const now = performance.now()
    const counts = this.#counts.get(name) ?? { direct: 0, relayed: 0, newAt: Number.NEGATIVE_INFINITY }
    this.#counts.set(name, counts)
    const before = Math.max(counts.direct, counts.relayed)
    // An echo catches up with the other way at most, so that the next signal is heard whichever way it comes.
    counts[way] = now - counts.newAt < this.#echoMs ? before : counts[way] + 1
    const isNew = counts[way] > before
    if (isNew) counts.newAt = now
    return isNew
  }
}

function isRelayed(message: unknown): message is { readonly signal: SignalName } {
  const name = (message as RelayedSignal | null)?.signal
  return SIGNALS.some((each) => each === name)
}
