// Reads tables by our own statements, in a child process that stays: opening DuckDB takes longer than most reads, and
// what it knows of the files serves the next one. It is not for what users type: that has a locked child a query
// (query.ts). Reads take turns. Whatever becomes of the child, the caller lives on, and the next read has a new one.

import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  READ_CANCEL_MS,
  READ_TIMEOUT_MS,
  READER_HEAP_MB_MAX,
  READER_IDLE_MS,
  READER_MEMORY_BYTES,
} from '#lake-sql/limits'
import { compileCache, tailOf, temporaryFolder } from '#lake-sql/query_process'
import { limitAnswer } from '#lake-sql/reader/answer_limit'
import type { ReaderAnswer, ReaderPlace, ReaderRequest, ReadRow, ReadStatement } from '#lake-sql/reader/read_messages'
import { PlatformError } from '#runtime/errors'

export type { ReadRow, ReadStatement, ReadValue } from '#lake-sql/reader/read_messages'

const CHILD = fileURLToPath(new URL('./reader_child.ts', import.meta.url))

/** What a reader may take. */
export interface ReaderOptions {
  /** The folders that hold the tables' files on this machine. */
  readonly folders: readonly string[]
  readonly memoryBytes?: number
  readonly timeoutMs?: number
  /** How long the child may take to break a read off. */
  readonly cancelMs?: number
  /** After so long without a read the child is ended. */
  readonly idleMs?: number
}

/** A child at work, with a folder that goes with it. */
interface Room {
  readonly child: ChildProcess
  readonly folder: string
  readonly stderr: () => string
  readonly removeAtExit: () => void
}

/** Reads one statement after the other. It must be closed. */
export class LakeReader {
  readonly #options: ReaderOptions
  #room: Promise<Room> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #reads = 0
  #waiting = 0
  #idle: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Starts the child ahead of the first read. What goes wrong is told to that one. */
  warmUp(): void {
    this.#opened().catch(() => {})
  }

  /** The child's process id; undefined while there is none. */
  async pid(): Promise<number | undefined> {
    return (await this.#room)?.child.pid
  }

  /**
   * Runs the statement when those before it are done. Throws STOPPED when the signal aborts, SQL_LIMIT when it takes
   * too long or too much, TABLE_CORRUPT when a file is missing, SQL_FAILED otherwise.
   */
  read(statement: ReadStatement, signal: AbortSignal): Promise<readonly ReadRow[]> {
    clearTimeout(this.#idle)
    this.#waiting++
    const result = this.#turn.then(async () => {
      if (signal.aborted || this.#closed) throw stopped()
      return this.#exchange(await this.#opened(), statement, signal)
    })
    this.#turn = result.catch(() => {}).then(() => this.#readEnded())
    return result
  }

  /** Ends the child; reads under way fail. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    await this.#endRoom()
    await this.#turn
  }

  #readEnded(): void {
    if (--this.#waiting > 0 || this.#closed) return
    const end = () => {
      this.#turn = this.#endRoom()
    }
    this.#idle = setTimeout(end, this.#options.idleMs ?? READER_IDLE_MS).unref()
  }

  async #opened(): Promise<Room> {
    const room = await this.#roomOrNew()
    if (!hasEnded(room.child)) return room
    // It died while nobody read. Whoever reads now is not to hear of that.
    await this.#endRoom()
    if (this.#closed) throw stopped()
    return this.#roomOrNew()
  }

  #roomOrNew(): Promise<Room> {
    this.#room ??= openRoom(this.#options).catch((error: unknown) => {
      this.#room = undefined
      throw error
    })
    return this.#room
  }

  async #endRoom(): Promise<void> {
    const room = this.#room
    this.#room = undefined
    // One that could not be opened has told those who asked.
    await room?.then(closeRoom).catch(() => {})
  }

  #exchange(room: Room, statement: ReadStatement, signal: AbortSignal): Promise<readonly ReadRow[]> {
    const { child } = room
    const id = ++this.#reads
    const { timeoutMs = READ_TIMEOUT_MS, cancelMs = READ_CANCEL_MS } = this.#options
    return new Promise((resolve, reject) => {
      let reason: PlatformError | undefined
      const settle = (end: () => void) => {
        for (const cancel of limits) cancel()
        signal.removeEventListener('abort', onAbort)
        child.off('message', onMessage).off('close', onClose).off('error', onError)
        end()
      }
      const lose = (error: PlatformError) =>
        settle(() => void this.#endRoom().then(() => reject(reason ?? error), reject))
      const breakOff = (why: PlatformError) => {
        reason ??= why
        send(child, { kind: 'cancel', id })
        limits.push(limitAnswer(cancelMs, () => lose(why)))
      }
      const onMessage = (answer: ReaderAnswer) => {
        if (answer.kind === 'open' || answer.id !== id) return
        if (reason !== undefined) settle(() => reject(reason))
        else if (answer.kind === 'rows') settle(() => resolve(answer.rows))
        else settle(() => reject(new PlatformError(answer.code, answer.message)))
      }
      const onClose = (code: number | null, killedBy: string | null) => lose(deathOf(code, killedBy, room.stderr()))
      const onError = (cause: Error) => lose(notStarted(cause))
      const onAbort = () => breakOff(stopped())
      const limits = [limitAnswer(timeoutMs, () => breakOff(tooLong(timeoutMs)))]
      child.on('message', onMessage).once('close', onClose).once('error', onError)
      signal.addEventListener('abort', onAbort, { once: true })
      if (hasEnded(child)) return onClose(child.exitCode, child.signalCode)
      send(child, { kind: 'read', id, statement })
    })
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** A child that is gone says so by 'close'. */
function send(child: ChildProcess, request: ReaderRequest): void {
  if (child.connected) child.send(request, () => {})
}

async function openRoom({ folders, memoryBytes = READER_MEMORY_BYTES }: ReaderOptions): Promise<Room> {
  const folder = await temporaryFolder('tickerlake-read-')
  const removeAtExit = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const place: ReaderPlace = {
    memoryBytes,
    tempFolder: folder,
    folders: [...folders.map((each) => resolve(each)), folder],
    ...compileCache(),
  }
  const child = fork(CHILD, [JSON.stringify(place)], {
    cwd: folder,
    env: {},
    execArgv: [`--max-old-space-size=${READER_HEAP_MB_MAX}`, '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // Between reads nobody else listens; the next one sees that it is gone.
  child.on('error', () => {})
  const room = { child, folder, stderr: tailOf(child), removeAtExit }
  try {
    await opened(room)
    return room
  } catch (error) {
    await closeRoom(room)
    throw error
  }
}

/** Whatever else a read may take, this is not of its time. */
function opened({ child, stderr }: Room): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('close', (code, killedBy) => reject(deathOf(code, killedBy, stderr())))
    child.once('error', (cause) => reject(notStarted(cause)))
  })
}

async function closeRoom({ child, folder, removeAtExit }: Room): Promise<void> {
  process.off('exit', removeAtExit)
  if (!hasEnded(child) && child.pid !== undefined) {
    const gone = new Promise((done) => child.once('close', done))
    child.kill('SIGKILL')
    await gone
  }
  await rm(folder, { recursive: true, force: true })
}

function stopped(): PlatformError {
  return new PlatformError('STOPPED', 'the read was stopped')
}

function tooLong(timeoutMs: number): PlatformError {
  return new PlatformError('SQL_LIMIT', `the tables could not be read within ${timeoutMs} ms; ask for less`)
}

function notStarted(cause: Error): PlatformError {
  const message = `the process that reads the tables could not be started: ${cause.message}`
  return new PlatformError('SQL_FAILED', message, { cause })
}

function deathOf(code: number | null, killedBy: string | null, said: string): PlatformError {
  if (killedBy === 'SIGKILL' || /heap out of memory|bad_alloc/.test(said)) {
    return new PlatformError('SQL_LIMIT', 'reading the tables took more memory than it may; ask for less')
  }
  const heard = said.trim().replace(/\s*\n\s*/g, ' ')
  const what = `the process that reads the tables ended by ${killedBy ?? `exit code ${code}`}`
  return new PlatformError('SQL_FAILED', heard === '' ? what : `${what}: ${heard}`, { retryable: true })
}
