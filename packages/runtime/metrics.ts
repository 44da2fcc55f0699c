// What a service shows of itself: families of numbers, read when they are asked for. Plain data: how they are served is
// the business of health.ts. Names are snake_case with the unit last, without the prefix that all of them get.

/** A number that only grows since the start, or one that is what it is now. */
export type MetricKind = 'counter' | 'gauge'

/** One name, with the labels that tell its numbers apart. Counters end in `_total`. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly kind: MetricKind
  readonly labels: readonly string[]
}

/** One number of a family. */
export interface Sample {
  readonly name: string
  readonly value: number
  readonly labels: Readonly<Record<string, string | number>>
}

/** Families that are read together. A read that fails or takes too long shows nothing, rather than what was. */
export interface MetricSource {
  readonly families: readonly MetricFamily[]
  read(): readonly Sample[] | Promise<readonly Sample[]>
}

/** Numbers that only grow, by name in camelCase; groups one level deep, e.g. dead by reason. */
export interface Counters {
  readonly [name: string]: number | Readonly<Record<string, number>>
}

/** How a service's counters are shown. */
export interface CounterOptions {
  /** The first word of their names. */
  readonly service: string
  /** What is grouped by what, e.g. dead: 'reason'. */
  readonly groups: Readonly<Record<string, string>>
  read(): Counters
}

/** Counters as `<service>_<name>_total`. Which there are must not change. */
export function counterMetrics({ service, groups, read }: CounterOptions): MetricSource {
  const nameOf = (name: string) => `${service}_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`
  const families = Object.keys(read()).map((name): MetricFamily => {
    const label = groups[name]
    const help = `${service}: ${name}${label === undefined ? '' : ` by ${label}`}`
    return { name: nameOf(name), help, kind: 'counter', labels: label === undefined ? [] : [label] }
  })
  const samplesOf = ([name, count]: [string, Counters[string]]): Sample[] => {
    if (typeof count === 'number') return [{ name: nameOf(name), value: count, labels: {} }]
    const label = groups[name] ?? 'kind'
    return Object.entries(count).map(([key, value]) => ({ name: nameOf(name), value, labels: { [label]: key } }))
  }
  return { families, read: () => Object.entries(read()).flatMap(samplesOf) }
}
