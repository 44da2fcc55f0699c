// How far a copy is, as one line: what is there of what was planned, how fast it goes, and how long it will take.

import { counted, durationText, grouped, sizeText } from '#runtime/counted'
import type { Logger } from '#runtime/logger'
import { MINUTE_MS, SECOND_MS, tableVersion } from '#runtime/units'
import type { CommandContext } from '#services/cli/command'
import { fittingLine, type LineFacts, type ProgressLine } from '#services/cli/print/progress_line'
import type { Copier } from '#table-copy/lease'
import type { CopyProgress } from '#table-copy/pass'
import type { VerifyProgress } from '#table-copy/verify_copy'

/** The speed is that of so many last seconds: what was there already goes by at once and must not count for long. */
const RATE_SPAN_MS = 20 * SECOND_MS

/** Sooner than this a speed says nothing. */
const RATE_AFTER_MS = 2 * SECOND_MS

const BAR_WIDTH = 16

/** The speed of one pass. */
export class CopySpeed {
  readonly #moments: { readonly at: number; readonly bytes: number }[] = []

  /** Bytes a second, and the time left; undefined as long as nobody can know. */
  at(now: number, { bytes, bytesPlanned }: CopyProgress): { rate: number; leftMs: number } | undefined {
    const moments = this.#moments
    // A pass that begins anew counts from the start.
    if ((moments.at(-1)?.bytes ?? 0) > bytes) moments.length = 0
    if (now - (moments.at(-1)?.at ?? -SECOND_MS) >= SECOND_MS / 4) moments.push({ at: now, bytes })
    while (moments.length > 1 && now - (moments[1]?.at ?? now) > RATE_SPAN_MS) moments.shift()
    const [first] = moments
    if (first === undefined || now - first.at < RATE_AFTER_MS || bytes <= first.bytes) return undefined
    const rate = (bytes - first.bytes) / ((now - first.at) / SECOND_MS)
    return { rate, leftMs: (Math.max(0, bytesPlanned - bytes) / rate) * SECOND_MS }
  }
}

/** What a line of a copy tells. */
export interface CopyFacts {
  readonly name: string
  readonly progress: CopyProgress
  readonly speed: ReturnType<CopySpeed['at']>
}

/** As far as it fits: `stocks [###  ] 3.2 of 9.8 GB, about 3 min left, 45 MB/s, 120 of 300 files, version 41 of 97`. */
export function copyProgressText({ name, progress, speed }: CopyFacts, width: number): string {
  const { version, to } = progress
  const versions = version === undefined ? `to version ${grouped(to)}` : `version ${grouped(version)} of ${grouped(to)}`
  return fittingLine(lineFacts({ name, progress, speed }, versions), width)
}

function lineFacts({ name, progress, speed }: CopyFacts, last: string): LineFacts {
  const { files, filesPlanned, bytes, bytesPlanned } = progress
  const pace =
    speed === undefined ? [] : [`about ${durationText(speed.leftMs)} left`, `${sizeText(Math.round(speed.rate))}/s`]
  const more = [...pace, `${grouped(files)} of ${grouped(filesPlanned)} files`, last]
  return { name, bar: bar(bytes, bytesPlanned), main: ofText(sizeText(bytes), sizeText(bytesPlanned)), more }
}

const VERIFY_STEPS = { log: 'objects of the log', files: 'files', rows: 'files with rows' } as const

/** `stocks [####    ] 120 of 300 files`, as far as it fits. */
export function verifyProgressText(name: string, { step, done, planned }: VerifyProgress, width: number): string {
  const main = `${grouped(done)} of ${grouped(planned)} ${VERIFY_STEPS[step]}`
  return fittingLine({ name, bar: bar(done, planned), main, more: [] }, width)
}

/** `1.2 of 9.8 GB`: the unit once when both have the same. */
function ofText(done: string, planned: string): string {
  const [value, unit] = done.split(' ')
  return planned.endsWith(` ${unit}`) ? `${value} of ${planned}` : `${done} of ${planned}`
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((done / total) * BAR_WIDTH))
  return `[${'#'.repeat(filled).padEnd(BAR_WIDTH)}]`
}

/** What is said while it is found out whether another copier lives. */
export function waitText(table: string, holder: Copier | undefined): string {
  const who = holder === undefined ? 'another copier' : `process ${holder.processId} on ${holder.host}`
  return `${table}: ${who} has copied to this target; waiting to see whether it still does, 40 s at most`
}

/** Where passes are shown. */
export interface PassesParts {
  readonly context: CommandContext
  readonly progress: ProgressLine
  readonly logger: Logger
}

/**
 * Shows the passes of all tables as one line on a terminal; where nobody watches, long ones say now and then how far
 * they are. Tables side by side are added up, those that are done included, until none is at work.
 */
export class PassesShown {
  readonly #parts: PassesParts
  readonly #passes = new Map<string, CopyProgress>()
  readonly #atWork = new Set<string>()
  readonly #throttled: (work: () => void) => void
  #speed = new CopySpeed()
  #begun = 0

  constructor(parts: PassesParts) {
    const { clock, stderr } = parts.context
    this.#parts = parts
    this.#throttled = throttled(() => clock.now(), stderr.isTTY ? SECOND_MS / 5 : MINUTE_MS)
  }

  /** A table's pass is that far. */
  at(table: string, progress: CopyProgress): void {
    // With a table's next pass the sum would go back, while others are still at their first.
    if (this.#passes.has(table) && !this.#atWork.has(table)) return
    if (this.#passes.size === 0) this.#begun = this.#parts.context.clock.now()
    this.#passes.set(table, progress)
    this.#atWork.add(table)
    this.#throttled(() => this.#show())
  }

  /** A table's pass is over. */
  ended(table: string): void {
    this.#atWork.delete(table)
    if (this.#atWork.size > 0) return
    this.#passes.clear()
    this.#speed = new CopySpeed()
    this.#parts.progress.end()
  }

  #show(): void {
    const { context, progress, logger } = this.#parts
    const now = context.clock.now()
    const all = sumOf([...this.#passes.values()])
    const text = passesText({ passes: this.#passes, atWork: [...this.#atWork], speed: this.#speed.at(now, all) })
    if (context.stderr.isTTY) progress.show(text(progress.width))
    else if (now - this.#begun >= MINUTE_MS) logger.info(text(Number.POSITIVE_INFINITY))
  }
}

/** All passes that are shown, and the names of those at work. */
interface ShownPasses {
  readonly passes: ReadonlyMap<string, CopyProgress>
  readonly atWork: readonly string[]
  readonly speed: CopyFacts['speed']
}

/** `2 tables [####    ] 3.2 of 9.8 GB, about 3 min left, 45 MB/s, 120 of 300 files, bars_1m, stocks`. */
export function passesText({ passes, atWork, speed }: ShownPasses): (width: number) => string {
  const [alone, other] = [...passes]
  if (alone !== undefined && other === undefined) {
    const [name, progress] = alone
    return (width) => copyProgressText({ name, progress, speed }, width)
  }
  const name = counted(atWork.length, 'table')
  const facts = lineFacts({ name, progress: sumOf([...passes.values()]), speed }, atWork.toSorted().join(', '))
  return (width) => fittingLine(facts, width)
}

function sumOf(passes: readonly CopyProgress[]): CopyProgress {
  const sum = (count: (pass: CopyProgress) => number) => passes.reduce((total, pass) => total + count(pass), 0)
  return {
    version: undefined,
    to: tableVersion(0),
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    filesPlanned: sum(({ filesPlanned }) => filesPlanned),
    bytesPlanned: sum(({ bytesPlanned }) => bytesPlanned),
  }
}

/** Does something at most so often. */
export function throttled(now: () => number, everyMs: number = SECOND_MS / 5): (work: () => void) => void {
  let last = Number.NEGATIVE_INFINITY
  return (work) => {
    if (now() - last < everyMs) return
    last = now()
    work()
  }
}
