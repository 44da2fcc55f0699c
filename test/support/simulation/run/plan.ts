// What a seed decides before its run: how large everything is, what arrives when, what happens to the instances, and
// how unreliable the way to the broker and to the object store is. All times are virtual milliseconds since the start.

import { type AimedFault, FAULTS, type FaultRates } from '../world/network.ts'
import { type Random, randomOf } from '../world/random.ts'
import { type PlannedInput, planInputs } from './market.ts'

/**
 * What happens to an instance. A stopped or killed one is started again after `forMs`; one that is cut off works on,
 * but for so long nothing is answered, and what it sends is lost or lands late.
 */
export interface PlannedEvent {
  readonly atMs: number
  readonly kind: 'stop' | 'kill' | 'freeze' | 'cut'
  readonly instance: number
  readonly forMs: number
}

/** One run, but for what the network draws. */
export interface Plan {
  readonly seed: number
  /** How many times longer everything takes (settings.ts). */
  readonly pace: number
  readonly partitions: number
  readonly instances: number
  /** When each instance is first started. */
  readonly startsAtMs: readonly number[]
  readonly events: readonly PlannedEvent[]
  readonly partitionsAdded: { readonly atMs: number; readonly count: number } | null
  readonly inputs: readonly PlannedInput[]
  readonly rates: FaultRates
  readonly aimed: AimedFault | null
  /** How often a transaction's marker takes long. */
  readonly slowMarkers: number
  readonly lateMsMax: number
  /** How often a state snapshot is written damaged. */
  readonly damages: number
  /** Whether leaders ask the coordinator about what they are sent, as brokers do since 3.6. */
  readonly verifies: boolean
  /** Instances run to the end of what is there, emit every open window, end, and are run again later. */
  readonly bounded: boolean
  readonly batchRecordsMax: number
  /** The longest that a fetched batch waits for a worker of the consumer. */
  readonly handOverMsMax: number
  /** How far the clocks of instances are off, by instance. */
  readonly skewsMs: readonly number[]
  /** From then on nothing goes wrong any more. */
  readonly calmAtMs: number
}

/** At this pace a run sees some four intervals of state snapshots. */
const PACE_OF_SNAPSHOTS = 5

/** At pace 1, as all that follow. */
const CHAOS_MS = 7_000
const EVENTS_MAX = 5
const FREEZE_MS_MAX = 4_500
const SKEW_MS_MAX = 800

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = randomOf(seed, 'plan')
  const pace = random.pick([1, PACE_OF_SNAPSHOTS])
  const partitions = random.pick([1, 1, 2, 2, 3, 4, 6])
  const instances = random.pick([1, 2, 2, 3])
  const calmAtMs = pace * (CHAOS_MS + random.whole(0, 1_000))
  return {
    seed,
    pace,
    partitions,
    instances,
    startsAtMs: Array.from({ length: instances }, (_, index) => (index === 0 ? 0 : pace * random.whole(0, 3_000))),
    events: planEvents(random, { instances, pace }),
    partitionsAdded: random.chance(0.2)
      ? { atMs: pace * random.whole(1_000, 5_000), count: partitions + random.whole(1, 2) }
      : null,
    inputs: planInputs(randomOf(seed, 'inputs'), { untilMs: CHAOS_MS + 500, pace, totals: randomOf(seed, 'totals') }),
    rates: planRates(random),
    aimed: random.chance(0.5) ? planAimed(random) : null,
    slowMarkers: random.pick([0, 0.05, 0.3]),
    lateMsMax: pace * random.pick([200, 1_000, 3_000]),
    damages: random.pick([0, 0, 0.3]),
    verifies: random.chance(0.5),
    bounded: random.chance(0.15),
    batchRecordsMax: random.pick([3, 20, 1_000]),
    handOverMsMax: pace * random.pick([0, 10, 300]),
    skewsMs: Array.from({ length: instances }, () =>
      random.chance(0.5) ? 0 : random.whole(-SKEW_MS_MAX, SKEW_MS_MAX),
    ),
    calmAtMs,
  }
}

function planEvents(random: Random, { instances, pace }: { instances: number; pace: number }): PlannedEvent[] {
  const events = Array.from({ length: random.whole(0, EVENTS_MAX) }, (): PlannedEvent => {
    const kind = random.pick(['stop', 'kill', 'freeze', 'freeze', 'cut'] as const)
    const forMs = isLong(kind) ? random.whole(100, FREEZE_MS_MAX) : random.whole(50, 1_500)
    const atMs = pace * random.whole(300, CHAOS_MS)
    return { atMs, kind, instance: random.whole(0, instances - 1), forMs: pace * forMs }
  })
  return events.sort((a, b) => a.atMs - b.atMs)
}

/** Longer than a session, or not. */
function isLong(kind: PlannedEvent['kind']): boolean {
  return kind === 'freeze' || kind === 'cut'
}

/** From a calm network to one where every seventh request goes wrong; often one kind of fault stands out. */
function planRates(random: Random): FaultRates {
  const level = random.pick([0, 0.002, 0.01, 0.02])
  const rates = { lost: level, unanswered: level, late: level, refused: level, slow: level }
  const kind = random.pick(['lost', 'unanswered', 'late', 'refused', 'slow', null] as const)
  if (kind !== null) rates[kind] += random.pick([0.01, 0.04])
  return rates
}

/** Some requests are worth more faults than others: those whose outcome must not stay unknown. */
function planAimed(random: Random): AimedFault {
  const at = random.pick(['EndTxn(commit)', 'EndTxn(commit)', 'EndTxn', 'InitProducerId', 'TxnOffsetCommit', ...OTHERS])
  return { at, fault: random.pick(FAULTS), rate: random.pick([0.1, 0.3]) }
}

const OTHERS = [
  'AddOffsetsToTxn',
  'AddPartitionsToTxn',
  'Produce',
  'OffsetFetch',
  'ListOffsets',
  'Heartbeat',
  'JoinGroup',
]

/** The plan in words, without its inputs. */
export function describePlan(plan: Plan): string[] {
  const { inputs, events, rates, aimed, partitionsAdded: added, startsAtMs, skewsMs, ...sizes } = plan
  return [
    `${Object.entries(sizes)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    `inputs ${inputs.length} until ${inputs.at(-1)?.atMs ?? 0} ms`,
    `rates ${Object.entries(rates)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    ...(aimed === null ? [] : [`${aimed.at}: ${aimed.fault} ${aimed.rate}`]),
    `instances start at ${startsAtMs.join(', ')} ms, their clocks are off by ${skewsMs.join(', ')} ms`,
    ...events.map(({ atMs, kind, instance, forMs }) => `${kind} instance ${instance} at ${atMs} ms for ${forMs} ms`),
    ...(added === null ? [] : [`${added.count} partitions at ${added.atMs} ms`]),
  ]
}
