// What gaps come to: minutes by reason and by what history has of them, and the command that fills what can be filled.

import { counted, grouped } from '#runtime/counted'

/** A stretch that some symbols have no bars of. */
export interface Gap {
  readonly tradeDate: string
  readonly session: string
  readonly starts: string
  readonly ends: string
  readonly minutes: number
  readonly reason: string
  readonly backfill: string
  readonly symbols: readonly string[]
}

/** Of which symbols gaps were asked, all if undefined, and which have bars at all. */
export interface GapsAsked {
  readonly asked: readonly string[] | undefined
  readonly followed: ReadonlySet<string>
}

/** Symbols that the command names; for more it is given without --symbols. */
const NAMED_MAX = 20

/** The sums of gaps, taken in one by one. */
export class GapSummary {
  minutes = 0
  readonly #symbols = new Set<string>()
  readonly #reasons = new Map<string, number>()
  readonly #backfill = new Map<string, number>()
  readonly #pending = new Set<string>()
  readonly #grain: string
  #pendingFrom = ''

  /** `grain`: the length of the bars that fill the gaps, such as `1m`. */
  constructor(grain: string) {
    this.#grain = grain
  }

  /** Counts a stretch, a time for each of its symbols. */
  add({ minutes, symbols, reason, backfill, tradeDate }: Gap): void {
    const sum = minutes * symbols.length
    this.minutes += sum
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + sum)
    this.#backfill.set(backfill, (this.#backfill.get(backfill) ?? 0) + sum)
    for (const symbol of symbols) this.#symbols.add(symbol)
    if (backfill !== 'pending') return
    for (const symbol of symbols) this.#pending.add(symbol)
    if (this.#pendingFrom === '' || tradeDate < this.#pendingFrom) this.#pendingFrom = tradeDate
  }

  /** The command that fills what is pending; null when nothing is. */
  get command(): string | null {
    if (this.#pending.size === 0) return null
    const named = [...this.#pending].sort()
    const symbols = named.length > NAMED_MAX ? '' : ` --symbols ${named.join(',')}`
    return `tickerlake backfill --from ${this.#pendingFrom} --grain ${this.#grain}${symbols}`
  }

  /** For programs. */
  toJSON(): object {
    const { minutes, command } = this
    const sums = (map: ReadonlyMap<string, number>) => Object.fromEntries([...map].sort())
    return {
      ...{ minutes, symbols: this.#symbols.size },
      ...{ reasons: sums(this.#reasons), backfill: sums(this.#backfill), command },
    }
  }

  /** For people: a line or a few. Nothing is expected of a symbol without a bar, so it is named. */
  toText(who?: GapsAsked): string {
    const unfollowed = who === undefined ? [] : unfollowedLines(who)
    return [...this.#lines(who), ...unfollowed].map((line) => `${line}\n`).join('')
  }

  #lines(who: GapsAsked | undefined): readonly string[] {
    if (this.minutes === 0) {
      const isNobody = who !== undefined && !(who.asked ?? [...who.followed]).some((symbol) => who.followed.has(symbol))
      return isNobody ? [] : ['No gaps: every minute of regular hours has its bar.']
    }
    const said = `${counted(this.minutes, 'minute')} of ${counted(this.#symbols.size, 'symbol')} without a bar`
    const lines = [`${said}: ${sumsText(this.#reasons)}.`, `In history: ${sumsText(this.#backfill)}.`]
    if (this.command !== null) lines.push(`To fill what is pending: ${this.command}`)
    return lines
  }
}

function unfollowedLines({ asked, followed }: GapsAsked): readonly string[] {
  if (followed.size === 0) return ['There is no live bar yet. Gaps are counted from the first one on.']
  const without = (asked ?? []).filter((symbol) => !followed.has(symbol))
  return without.length === 0 ? [] : [`There is no live bar of ${without.join(', ')}, so none is expected.`]
}

/** The largest sum first. */
function sumsText(sums: ReadonlyMap<string, number>): string {
  const sorted = [...sums].sort(([, a], [, b]) => b - a)
  return sorted.map(([name, minutes]) => `${grouped(minutes)} ${inWords(name)}`).join(', ')
}

/** A reason or state in words. */
export function inWords(name: string): string {
  return name.replaceAll('_', ' ')
}
