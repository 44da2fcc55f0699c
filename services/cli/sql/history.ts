// The statements of earlier prompts, for the arrow keys: a file of one statement a line that only its owner may read.
// What might be a secret is not kept. A file that cannot be read or written is done without, in silence.

import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** The statements that can be called back, newest first. */
export interface PromptHistory {
  readonly statements: readonly string[]
  /** Remembers a statement. False when it cannot stand on one line, or is too long. */
  add(statement: string): boolean
}

/** Statements that are kept; the file may grow to twice as many before it is made shorter. */
export const HISTORY_STATEMENTS_MAX = 1000
/** A longer statement came from a file, not from a keyboard. */
const STATEMENT_CHARS_MAX = 10_000

const SECRET = /secret|passw|token|credential|api_?key|access_?key|private_?key/i

/** Reads the file. Without a path nothing outlives the prompt. */
export function openHistory(path: string | undefined): PromptHistory {
  const statements = path === undefined ? [] : readStatements(path)
  return {
    statements,
    add(statement) {
      const line = oneLine(statement)
      if (line === undefined) return false
      if (line === statements[0]) return true
      statements.unshift(line)
      if (statements.length > HISTORY_STATEMENTS_MAX) statements.pop()
      if (path !== undefined && isKept(statement)) appendLine(path, line)
      return true
    },
  }
}

/** As for shells, a blank before a statement keeps it out of the file. */
function isKept(statement: string): boolean {
  return !/^\s/.test(statement) && !SECRET.test(statement)
}

/** On one line; undefined when a comment to the line's end forbids that, or when it is too long. */
function oneLine(statement: string): string | undefined {
  const text = statement.trim()
  if (text === '' || text.length > STATEMENT_CHARS_MAX) return undefined
  if (!text.includes('\n')) return text
  return text.includes('--') ? undefined : text.replace(/\s*\n\s*/g, ' ')
}

function readStatements(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    const kept = lines.slice(-HISTORY_STATEMENTS_MAX)
    if (lines.length > 2 * HISTORY_STATEMENTS_MAX) shorten(path, kept)
    return kept.reverse()
  } catch {
    return []
  }
}

function shorten(path: string, lines: readonly string[]): void {
  const shorter = `${path}.new`
  try {
    writeFileSync(shorter, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx' })
    renameSync(shorter, path)
  } catch {
    rmSync(shorter, { force: true })
  }
}

function appendLine(path: string, line: string): void {
  try {
    appendFileSync(path, `${line}\n`, { mode: 0o600 })
  } catch {
    // The folder is gone, full or not ours to write: the prompt goes on without.
  }
}
