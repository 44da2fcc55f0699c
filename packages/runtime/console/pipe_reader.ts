// Whether anybody still reads a pipe, found out without writing to it. poll(2) knows: the end that is written has
// POLLERR once the last reader has left. Node asks poll on behalf of WASI programs alone, so here is the smallest of
// them: it imports `poll_oneoff` and exports it with a memory (WASI preview 1, "poll_oneoff").
// Opening /proc/self/fd/N does not tell: ENXIO comes for a FIFO with a name, never for the pipe of a shell (fifo(7)).

import { fstatSync } from 'node:fs'
import type { WASI } from 'node:wasi'

/** The longest that poll may take. Only a pipe that is full and has a reader makes it wait. */
const POLL_MAX_MS = 10n

/** A process that is held up for so long hears the clock alone, whatever the pipe says: then it asks again. */
const POLLS_MAX = 3

/** Where the two subscriptions, what comes of them, and how many came lie in the program's memory. */
const [PIPE_AT, CLOCK_AT, EVENTS_AT, COUNT_AT] = [0, 48, 128, 256]

/** The values of WASI's types `eventtype`, `clockid` and `errno`. */
const [CLOCK, FD_WRITE, MONOTONIC, ERRNO_IO] = [0, 2, 1, 29]

/** The number by which the program knows the pipe: its stdout. */
const STDOUT = 1

/** Looks once: true when nobody has the pipe open for reading any more. */
export type PipeLook = () => boolean

/**
 * How to look at the pipe behind a file descriptor, as often as wanted. Whatever is no pipe never says that its reader
 * left: a socket cannot tell a peer that stopped writing from one that is gone. Only Linux is known to answer;
 * elsewhere the next line that is written finds out.
 */
export function pipeLook(fd: number): PipeLook {
  if (process.platform !== 'linux' || !fstatSync(fd).isFIFO()) return () => false
  const program = startProgram(fd)
  if (program === undefined) return () => false
  const { poll, memory } = program
  return () => {
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      subscribe(memory)
      if (poll(PIPE_AT, EVENTS_AT, 2, COUNT_AT) !== 0) return false
      const errno = errnoOfPipe(memory)
      if (errno !== undefined) return errno === ERRNO_IO
    }
    return false
  }
}

/** What is used of it; its types come with a browser's otherwise. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

interface Program {
  readonly poll: (subscriptions: number, events: number, count: number, happened: number) => number
  readonly memory: DataView
}

/** Undefined where there is no WASI or no memory for it: a service works without. */
function startProgram(fd: number): Program | undefined {
  try {
    const wasi = new (wasiClass())({ version: 'preview1', stdout: fd })
    const module = new WebAssembly.Module(programBytes())
    const instance = new WebAssembly.Instance(module, wasi.getImportObject())
    wasi.initialize(instance)
    const { poll, memory } = instance.exports as { poll: Program['poll']; memory: { buffer: ArrayBuffer } }
    return { poll, memory: new DataView(memory.buffer) }
  } catch {
    return undefined
  }
}

/** Without the warning that WASI is experimental, which would tell users nothing that they can act on. */
function wasiClass(): typeof WASI {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:wasi').WASI
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Asks for the pipe to take bytes, and for a clock, so that a full one is not waited for. */
function subscribe(memory: DataView): void {
  memory.setUint8(PIPE_AT + 8, FD_WRITE)
  memory.setUint32(PIPE_AT + 16, STDOUT, true)
  memory.setUint8(CLOCK_AT + 8, CLOCK)
  memory.setUint32(CLOCK_AT + 16, MONOTONIC, true)
  memory.setBigUint64(CLOCK_AT + 24, POLL_MAX_MS * 1_000_000n, true)
}

/** What the pipe answered; undefined when the clock alone did. */
function errnoOfPipe(memory: DataView): number | undefined {
  const count = memory.getUint32(COUNT_AT, true)
  const events = Array.from({ length: count }, (_, i) => EVENTS_AT + 32 * i)
  const ofPipe = events.find((at) => memory.getUint8(at + 10) === FD_WRITE)
  return ofPipe === undefined ? undefined : memory.getUint16(ofPipe + 8, true)
}

/** The program: one type, one import, one page of memory, two exports. */
function programBytes(): Uint8Array {
  const [i32, functionType, functionKind, memoryKind] = [0x7f, 0x60, 0, 2]
  const text = (value: string) => [value.length, ...Buffer.from(value)]
  const section = (id: number, ...content: number[]) => [id, content.length, ...content]
  return Uint8Array.from([
    ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
    ...section(1, 1, functionType, 4, i32, i32, i32, i32, 1, i32),
    ...section(2, 1, ...text('wasi_snapshot_preview1'), ...text('poll_oneoff'), functionKind, 0),
    ...section(5, 1, 0, 1),
    ...section(7, 2, ...text('poll'), functionKind, 0, ...text('memory'), memoryKind, 0),
  ])
}
