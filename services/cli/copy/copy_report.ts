// What a copy, a hand-out or a verification came to: lines for a person, and the same facts as data.

import { counted, durationText, grouped, sizeText } from '#runtime/counted'
import type { PlatformError } from '#runtime/errors'
import { SECOND_MS } from '#runtime/units'
import { TABLE_WIDTH } from '#services/cli/print/widths'
import type { CopiedTable } from '#table-copy/follow'
import type { HandOutOutcome } from '#table-copy/hand_out'
import type { CopyOutcome } from '#table-copy/pass'
import type { VerifyReport } from '#table-copy/verify_copy'

/** What became of one table. */
export type TableResult<T> =
  | { readonly table: CopiedTable; readonly outcome: T; readonly durationMs: number }
  | { readonly table: CopiedTable; readonly error: PlatformError }

/** How the outcomes of one kind of work are told. */
export interface OutcomeTeller<T> {
  line(outcome: T, durationMs: number): string
  /** More lines below the first. */
  more?(outcome: T): readonly string[]
  facts(outcome: T): Readonly<Record<string, unknown>>
}

/** Lines of all results. */
export function resultLines<T>(results: readonly TableResult<T>[], teller: OutcomeTeller<T>): readonly string[] {
  return results.flatMap((result) => {
    const name = result.table.name.padEnd(TABLE_WIDTH)
    if ('error' in result) return [`${name} failed: ${result.error.message} [${result.error.code}]`]
    const more = teller.more?.(result.outcome) ?? []
    return [`${name} ${teller.line(result.outcome, result.durationMs)}`, ...more.map((text) => `  ${text}`)]
  })
}

/** One result as data. */
export function resultFacts<T>(result: TableResult<T>, teller: OutcomeTeller<T>): Readonly<Record<string, unknown>> {
  const { name, source, target } = result.table
  const places = { table: name, source: source.url, target: target.url }
  if ('error' in result) return { ...places, error: { code: result.error.code, message: result.error.message } }
  return { ...places, ...teller.facts(result.outcome), durationMs: Math.round(result.durationMs) }
}

/** Copies. */
export const copyTeller: OutcomeTeller<CopyOutcome> = {
  line(outcome, durationMs) {
    const { to, entries, files, bytes, skippedFiles } = outcome
    if (entries + files === 0) return `version ${grouped(to)}, nothing new`
    const skipped = skippedFiles === 0 ? '' : ` (${grouped(skippedFiles)} more were there)`
    const done = `${counted(entries, 'commit')}, ${counted(files, 'file')}, ${sizeText(bytes)}${skipped}`
    return `version ${grouped(to)}: ${done}, in ${tookText(durationMs)}`
  },
  more({ from, startedAtCheckpoint }) {
    if (startedAtCheckpoint === undefined) return []
    const first = from === undefined ? 0 : from + 1
    const gap = `begun at the checkpoint of version ${grouped(startedAtCheckpoint)}, since the source lacks older ones`
    return first === startedAtCheckpoint
      ? []
      : [`${gap}: the target has no version ${rangeText(first, startedAtCheckpoint - 1)}`]
  },
  facts: ({ from, to, startedAtCheckpoint, entries, files, bytes, skippedFiles, checkpoints, inCommitTimestamps }) => ({
    from: from ?? null,
    to,
    startedAtCheckpoint: startedAtCheckpoint ?? null,
    ...{ entries, files, bytes, skippedFiles, checkpoints, inCommitTimestamps },
  }),
}

/** Hand-outs. */
export const handOutTeller: OutcomeTeller<HandOutOutcome> = {
  line({ kind, version, files, bytes }, durationMs) {
    if (kind === 'there') return `version ${grouped(version)} was handed out before`
    const done = `${counted(files, 'file')}, ${sizeText(bytes)}, in ${tookText(durationMs)}`
    return `version ${grouped(version)} as a new table: ${done}`
  },
  facts: ({ kind, version, files, bytes, skippedFiles }) => ({ kind, version, files, bytes, skippedFiles }),
}

/** Verifications. */
export const verifyTeller: OutcomeTeller<VerifyReport> = {
  line({ version, handedOut, entries, files, bytes, rows, differenceCount }) {
    const verdict = differenceCount === 0 ? 'the same' : counted(differenceCount, 'difference')
    const compared = [
      // A table of its own has commits of its own.
      handedOut === undefined ? counted(entries, 'commit') : 'handed out',
      `${counted(files, 'file')} (${sizeText(bytes)})`,
      ...(rows === null ? [] : [counted(rows, 'row')]),
    ]
    return `version ${grouped(version)}, ${compared.join(', ')}: ${verdict}`
  },
  more({ differences, differenceCount, notes }) {
    const rest = differenceCount - differences.length
    const more = rest > 0 ? [`and ${grouped(rest)} more`] : []
    return [...differences.map(({ message }) => message), ...more, ...notes.map((note) => `(${note})`)]
  },
  facts: ({ source: _source, target: _target, ...report }) => report,
}

/** What a copy does not carry over, told once for all tables that it concerns; undefined when there is none. */
export function timesNote(tables: readonly string[]): string | undefined {
  if (tables.length === 0) return undefined
  const whose =
    tables.length === 1 ? `the log of ${tables[0]} does` : `the logs of ${counted(tables.length, 'table')} do`
  const fact = `${whose} not hold the times of commits, so TIMESTAMP AS OF at the target goes by when it was copied`
  return `${fact}; \`tickerlake upgrade TABLE --in-commit-timestamps\` changes that for later commits`
}

function rangeText(first: number, last: number): string {
  return first === last ? grouped(first) : `${grouped(first)} to ${grouped(last)}`
}

function tookText(ms: number): string {
  return ms < 10 * SECOND_MS ? `${(ms / SECOND_MS).toFixed(1)} s` : durationText(ms)
}
