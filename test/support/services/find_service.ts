// How a real service for the tests is found: the ways are tried in a fixed order, and the first that works is taken.
// Pure but for the ways it is handed. Invariant: a way that does not work leaves a reason that says what to do.

/** The ways to a real service, in the order they are tried. */
export const WAYS = ['given', 'docker', 'native'] as const

/** How a service came to be there. */
export type Way = (typeof WAYS)[number]

/** TEST_SERVICES: one way only, or none at all. */
export type Preference = 'any' | 'docker' | 'native' | 'none'

/** A service that answers. */
export interface RunningService<Address> {
  readonly address: Address
  /** For people: what runs, and which version of it. */
  readonly label: string
  /** Stops what was started for the tests; does nothing to a service that was there before. */
  stop(): Promise<void>
}

/**
 * What a way came to. `unavailable`: try the next. `broken`: somebody asked for this very service, and it does not
 * work; taking another in its place would hide that.
 */
export type WayOutcome<Address> =
  | { readonly kind: 'running'; readonly service: RunningService<Address> }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'broken'; readonly reason: string }

/** One try per way. A failure of any kind is a reason, never an exception. */
export type WaysTo<Address> = Readonly<Record<Way, () => Promise<WayOutcome<Address>>>>

/** What the search came to; `refusals` are the reasons of the ways that were tried in vain. */
export type Found<Address> =
  | { readonly kind: 'running'; readonly service: RunningService<Address>; readonly refusals: readonly string[] }
  | { readonly kind: 'missing'; readonly reason: string }

/** Reads TEST_SERVICES. Throws on a value that means nothing. */
export function preferenceOf(text: string | undefined): Preference {
  if (text === undefined || text === '') return 'any'
  if (text === 'docker' || text === 'native' || text === 'none') return text
  throw new Error(`TEST_SERVICES is '${text}'; it must be docker, native or none, or unset to try them in turn`)
}

/** Tries the ways that the preference allows, in order. */
export async function findService<A>(ways: WaysTo<A>, preference: Preference): Promise<Found<A>> {
  if (preference === 'none') return { kind: 'missing', reason: 'TEST_SERVICES=none' }
  const allowed = preference === 'any' ? WAYS : [preference]
  const refusals: string[] = []
  for (const way of allowed) {
    const outcome = await ways[way]()
    if (outcome.kind === 'running') return { kind: 'running', service: outcome.service, refusals }
    if (outcome.kind === 'broken') return { kind: 'missing', reason: outcome.reason }
    if (outcome.reason !== '') refusals.push(outcome.reason)
  }
  return { kind: 'missing', reason: refusals.join('; ') }
}

/** The outcome of a way that cannot be gone; an empty reason is not worth telling. */
export function unavailable(reason: string): { readonly kind: 'unavailable'; readonly reason: string } {
  return { kind: 'unavailable', reason }
}
