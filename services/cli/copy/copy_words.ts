// The words of `tickerlake copy` as a wish: what is to be done, from where to where. What cannot be meant is said
// before anything is opened.

import { placeFault } from '#object-store/place'
import { PlatformError } from '#runtime/errors'
import { shownValue } from '#runtime/shown_value'
import { type TableVersion, tableVersion } from '#runtime/units'
import type { CommandArguments } from '#services/cli/command'

/** What `tickerlake copy` was asked for. */
export interface CopyWish {
  readonly work: CopyWork
  /** All tables below the source, each to a folder of its name below the target. */
  readonly isAll: boolean
  /** A table's name or place; with `isAll` a lake's root, undefined for our own. */
  readonly source: string | undefined
  readonly target: string
  /** Of a hand-out; undefined: the newest. */
  readonly version: TableVersion | undefined
  readonly asJson: boolean
}

/** The kinds of work. */
export type CopyWork = 'copy' | 'follow' | 'snapshot' | 'verify'

const NUMBER = /^\d{1,15}$/

/** Reads the words. Throws USAGE. */
export function readCopyWish({ positionals, values }: CommandArguments): CopyWish {
  const isAll = values.all === true
  const work = workOf(values)
  const { source, target } = placesOf(positionals, isAll)
  return { work, isAll, source, target, version: versionOf(values, { work, isAll }), asJson: values.json === true }
}

function workOf(values: CommandArguments['values']): CopyWork {
  const [work = 'copy', other] = (['follow', 'snapshot', 'verify'] as const).filter((each) => values[each] === true)
  if (other === undefined) return work
  throw wrong(`--${work} and --${other} cannot go together; run one after the other`)
}

function placesOf(words: readonly string[], isAll: boolean): Pick<CopyWish, 'source' | 'target'> {
  const [first, second, third] = words
  if (third !== undefined) throw wrong(`unexpected argument ${shownValue(third)}`)
  if (first === undefined) throw wrong(`name ${isAll ? 'a TARGET' : 'a SOURCE and a TARGET'}`)
  if (isAll) {
    if (second !== undefined) requirePlace('SOURCE', first)
    return { source: second === undefined ? undefined : first, target: requirePlace('TARGET', second ?? first) }
  }
  if (second === undefined) throw wrong(`name a TARGET for ${shownValue(first)}, or copy all tables with --all`)
  if (first === '') throw wrong('the SOURCE is empty; name a table or its place')
  return { source: first, target: requirePlace('TARGET', second) }
}

function requirePlace(word: 'SOURCE' | 'TARGET', place: string): string {
  if (place === '') throw wrong(`the ${word} is empty; name a place${word === 'TARGET' ? ` (${IN_COMPOSE})` : ''}`)
  const fault = placeFault(place)
  if (fault !== null) throw wrong(`the ${word} ${fault}`)
  return place
}

const IN_COMPOSE = 'in compose: set AZURE_TARGET in .env'

function versionOf(
  { version }: CommandArguments['values'],
  { work, isAll }: Pick<CopyWish, 'work' | 'isAll'>,
): TableVersion | undefined {
  if (version === undefined) return undefined
  if (work !== 'snapshot') throw wrong('--version goes with --snapshot; a copy has all versions')
  if (isAll) throw wrong('--version counts the versions of one table, so it does not go with --all')
  if (typeof version === 'string' && NUMBER.test(version)) return tableVersion(Number(version))
  throw wrong(`--version takes a version such as 12, not ${shownValue(version)}`)
}

function wrong(message: string): PlatformError {
  return new PlatformError('USAGE', `copy: ${message}; see \`tickerlake copy --help\``)
}
