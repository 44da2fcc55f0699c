// Variables that look as if they were meant for us and are none of ours: SIMULATER_RATE does nothing, and would do it
// in silence. Other programs' variables are left alone: only what resembles a name of ours counts, or begins with a
// word that hardly any other program uses.

import { editDistance } from '#runtime/edit_distance'

/** A variable that nobody reads, and the setting that was probably meant. */
export interface MisspeltSetting {
  readonly name: string
  readonly nearest: string
}

const OWN_PREFIX = /^(SIMULATOR|REPLAY|YAHOO|FLUSH|COMPACT|WATERMARK|TIMESTAMP|TARGET_(S3|AWS|AZURE))_/

const UNIT = /_(MS|MB|BYTES)$/

/** A name may differ from the one that was meant by one letter in so many. */
const LETTERS_PER_MISTAKE = 7

/** The misspelt ones among the names that are set. */
export function misspeltSettings(given: readonly string[], known: readonly string[]): readonly MisspeltSetting[] {
  const ours = new Set(known)
  return given.filter((name) => !ours.has(name)).flatMap((name) => nearestTo(name, known) ?? [])
}

function nearestTo(name: string, known: readonly string[]): MisspeltSetting | undefined {
  const letters = name.toUpperCase().replaceAll('-', '_')
  const withUnit = known.find((each) => each.replace(UNIT, '') === letters)
  if (withUnit !== undefined) return { name, nearest: withUnit }
  const isOurs = OWN_PREFIX.test(letters)
  // Every command looks at every variable, so most names must be ruled out by their length alone.
  const near = isOurs ? known : known.filter((each) => Math.abs(each.length - letters.length) <= mistakesMax(each))
  const ranked = near.map((nearest) => ({ nearest, mistakes: editDistance(letters, nearest) }))
  const [best] = ranked.sort((a, b) => a.mistakes - b.mistakes)
  if (best === undefined) return undefined
  return isOurs || best.mistakes <= mistakesMax(best.nearest) ? { name, nearest: best.nearest } : undefined
}

function mistakesMax(name: string): number {
  return Math.max(1, Math.floor(name.length / LETTERS_PER_MISTAKE))
}
