// The caller's handle of the child process that runs a query: one request, one answer, under one time limit. Whatever
// the child does (crash, hang, grow), the caller gets a PlatformError and lives on; whatever the caller does, the child
// does not outlive it. What runs in the child is in child/.

import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { getCompileCacheDir } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SQL_HEAP_MB_MAX, SQL_STDERR_CHARS_MAX, type SqlLimits } from '#lake-sql/limits'
import type { ChildAnswer, ChildPlace, ChildRequest } from '#lake-sql/messages'
import { messageOf, PlatformError } from '#runtime/errors'

const CHILD = fileURLToPath(new URL('./child/child_main.ts', import.meta.url))

/** A child process at work. */
export interface QueryProcess {
  /** Sends a request and waits for its answer. Throws SQL_FAILED or SQL_LIMIT; the child is gone then. */
  ask(request: ChildRequest): Promise<Exclude<ChildAnswer, { kind: 'failed' }>>
  /** Ends the child, whatever it does. Resolves when it is gone. */
  kill(): Promise<void>
}

/** A child and its folder. It must be closed. */
export interface QueryRoom {
  readonly child: QueryProcess
  /** The query's own folder. It goes with the query, even when this process is killed. */
  readonly folder: string
  /** Ends the child and removes its folder. May be called again. */
  close(): Promise<void>
}

/** What a child is started with. */
export interface QueryRoomOptions {
  readonly limits: SqlLimits
  /** Stops the query; it ends with STOPPED then. */
  readonly signal?: AbortSignal | undefined
  /** Where the query's own folder is made: where temporary files are, unless its result is to be moved from it. */
  readonly folderIn?: string | undefined
}

/** Beside a user's files the query's folder is a hidden one. */
const HIDDEN = '.tickerlake-sql-'

/**
 * Starts a child in a new folder. It opens DuckDB while the caller still makes up what to ask. Throws STORE_FAILED when
 * there can be no temporary folder; a folder beside a user's files fails as the system says.
 */
export async function openQueryRoom({ limits, signal, folderIn }: QueryRoomOptions): Promise<QueryRoom> {
  const folder =
    folderIn === undefined ? await temporaryFolder('tickerlake-sql-') : await mkdtemp(join(folderIn, HIDDEN))
  const child = startQueryProcess({ limits, folder, ...(signal === undefined ? {} : { signal }) })
  const removeAtExit = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const close = async () => {
    process.off('exit', removeAtExit)
    await child.kill()
    await rm(folder, { recursive: true, force: true })
  }
  return { child, folder, close }
}

/** A new folder of the system's. Throws STORE_FAILED. */
export async function temporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix))
  } catch (cause) {
    const message = `no folder for the query can be made in ${tmpdir()}: ${messageOf(cause)}`
    throw new PlatformError('STORE_FAILED', `${message}; name one that can be written in TMPDIR`, { cause })
  }
}

/** Starts a child in an empty folder with an empty environment. */
function startQueryProcess(options: { limits: SqlLimits; folder: string; signal?: AbortSignal }): QueryProcess {
  const place: ChildPlace = { limits: options.limits, tempFolder: options.folder, ...compileCache() }
  const child = fork(CHILD, [JSON.stringify(place)], {
    cwd: options.folder,
    env: {},
    execArgv: [`--max-old-space-size=${SQL_HEAP_MB_MAX}`, '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const stderr = tailOf(child)
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  const clock = stopwatch(options.limits.timeoutMs)
  return {
    async ask(request) {
      const answer = await exchange(child, request, { clock, stderr, limits: options.limits, signal: options.signal })
      if (answer.kind !== 'failed') return answer
      child.kill('SIGKILL')
      throw new PlatformError(answer.code, answer.message)
    },
    kill() {
      child.kill('SIGKILL')
      return gone
    },
  }
}

/** Where this process keeps compiled code, if it does; Node adds a folder of its version to the one it is given. */
export function compileCache(): Pick<ChildPlace, 'compileCache'> {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { compileCache: dirname(folder) }
}

interface ExchangeParts {
  readonly clock: Stopwatch
  readonly stderr: () => string
  readonly limits: SqlLimits
  readonly signal: AbortSignal | undefined
}

function exchange(child: ChildProcess, request: ChildRequest, parts: ExchangeParts): Promise<ChildAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      clearTimeout(timer)
      parts.clock.stop()
      parts.signal?.removeEventListener('abort', onAbort)
      child.off('message', onMessage).off('close', onClose).off('error', onError)
      end()
    }
    const fail = (error: PlatformError) =>
      settle(() => {
        child.kill('SIGKILL')
        reject(error)
      })
    const onMessage = (message: unknown) => settle(() => resolve(message as ChildAnswer))
    const onClose = (code: number | null, signal: string | null) =>
      fail(deathOf({ code, signal, stderr: parts.stderr(), limits: parts.limits }))
    const onError = (cause: Error) => fail(new PlatformError('SQL_FAILED', notStarted(cause), { cause }))
    const onAbort = () => fail(new PlatformError('STOPPED', 'the query was stopped'))
    const timer = setTimeout(() => fail(timeoutError(parts.limits)), parts.clock.start())
    child.once('message', onMessage).once('close', onClose).once('error', onError)
    if (child.exitCode !== null || child.signalCode !== null) return onClose(child.exitCode, child.signalCode)
    parts.signal?.addEventListener('abort', onAbort, { once: true })
    if (parts.signal?.aborted) return onAbort()
    child.send(request, (error) => {
      // A child that is gone says so by 'close', with a better reason.
      if (error !== null && child.connected) onError(error)
    })
  })
}

interface Death {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly limits: SqlLimits
}

function deathOf(death: Death): PlatformError {
  // Our own kills settle first, so this one is the child's memory guard, or the system's.
  if (death.signal === 'SIGKILL' || /heap out of memory|bad_alloc/.test(death.stderr)) {
    const megabytes = Math.round(death.limits.memoryBytes / 2 ** 20)
    const advice = 'read fewer rows or columns, or raise SQL_MEMORY_MB'
    return new PlatformError('SQL_LIMIT', `the query ran into its memory limit of ${megabytes} MB; ${advice}`)
  }
  const how = death.signal ?? `exit code ${death.code}`
  const said = death.stderr
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .slice(0, 300)
  return new PlatformError('SQL_FAILED', `the query engine ended by ${how}${said === '' ? '' : `: ${said}`}`)
}

function timeoutError(limits: SqlLimits): PlatformError {
  const advice = 'narrow it (a WHERE on date, say), or raise SQL_TIMEOUT_MS'
  return new PlatformError('SQL_LIMIT', `the query ran into its time limit of ${limits.timeoutMs} ms; ${advice}`)
}

function notStarted(cause: Error): string {
  return `the query engine could not be started: ${cause.message}`
}

/** What a child said last on its stderr. */
export function tailOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (data: string) => {
    text = (text + data).slice(-SQL_STDERR_CHARS_MAX)
  })
  return () => text
}

interface Stopwatch {
  /** Goes on, and tells the milliseconds that are left. */
  start(): number
  stop(): void
}

/** Only the child's own time counts: it stands still between an answer and the next request. */
function stopwatch(budgetMs: number): Stopwatch {
  let used = 0
  let since = 0
  return {
    start() {
      since = performance.now()
      return Math.max(1, Math.ceil(budgetMs - used))
    },
    stop() {
      used += performance.now() - since
    },
  }
}
