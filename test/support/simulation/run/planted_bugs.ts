// Mistakes that streams have been shipped with, planted from outside: around the processor, or in the client's place.
// Each is small, works while nothing goes wrong, and breaks exactly-once when something does.

import type { PartitionCommit, Processor } from '#log/event_log'
import { FetchAhead, type FetchRequest } from '#log/kafka/kafkajs/fetch_ahead'
import type { Offset } from '#runtime/units'
import { ImageReader } from '#services/stream/snapshot/image_lists'
import { imageOf, stateOf } from '#services/stream/snapshot/state_image'
import type { SymbolState } from '#services/stream/state/symbol_state'
import { copyTotals, noTotals } from '#services/stream/windows/volume/day_totals'
import type { ClientParts } from '../client/client_parts.ts'
import { type ProducerConfig, SimulatedProducer } from '../client/simulated_producer.ts'
import type { Mutation } from './instance.ts'
import { configAt, rulesAt } from './settings.ts'

/** Commits the offset of the last record read in place of the next one. */
export const OFFSET_NOT_PLUS_ONE: Mutation = {
  processor: (inner) => {
    const oneLess = (commits: readonly PartitionCommit[]) =>
      commits.map((commit) => ({ ...commit, next: Math.max(0, commit.next - 1) as Offset }))
    return {
      ...inner,
      process: async (batch) => oneLess(await inner.process(batch)),
      tick: async (at, view) => oneLess((await inner.tick?.(at, view)) ?? []),
      flush: async () => oneLess((await inner.flush?.()) ?? []),
    }
  },
}

/**
 * After an aborted transaction reads on where it stood: what was to be committed is not made again. Only after its own
 * transactions: when another instance has committed meanwhile, it opens the partition as it should.
 */
export const ABORT_WITHOUT_SEEK: Mutation = {
  processor: (inner) => {
    const positions = new Map<number, Offset>()
    return {
      ...inner,
      close: () => {},
      open: async (at, start) => {
        const stood = positions.get(at.partition)
        if (stood !== undefined && stood >= (start.committed?.offset ?? 0)) return stood
        inner.close(at)
        return await inner.open(at, start)
      },
      process: async (batch) => {
        positions.set(batch.partition, batch.next)
        return await inner.process(batch)
      },
    }
  },
}

/** Reads from the committed offset again, but on top of what the partition's state already holds. */
export const STATE_NOT_RESET: Mutation = {
  processor: (inner) => {
    const opened = new Set<number>()
    const openOnce: Processor['open'] = async (at, start) => {
      if (opened.has(at.partition)) return start.committed?.offset ?? start.logStart
      opened.add(at.partition)
      return await inner.open(at, start)
    }
    return { ...inner, open: openOnce, close: () => {} }
  },
}

/**
 * Stands for a snapshot that is newer than the commit it goes with: what was read up to some offset is kept, and named,
 * as the state up to some records before.
 */
export const SNAPSHOT_NEWER_THAN_COMMIT: Mutation = {
  checkpoints: (inner) => ({
    ...inner,
    put: (key, body) =>
      inner.put(
        key.replace(/\d{20}/, (digits) => String(olderBy(Number(digits))).padStart(20, '0')),
        body,
      ),
  }),
  packing: (inner) => ({
    ...inner,
    pack: (bytes) => {
      const [line = '', ...rest] = Buffer.from(bytes).toString('latin1').split('\n')
      const described = JSON.parse(line) as { readonly offset: number }
      const renamed = JSON.stringify({ ...described, offset: olderBy(described.offset) })
      return inner.pack(Buffer.from([renamed, ...rest].join('\n'), 'latin1'))
    },
  }),
}

/** A restart has forgotten what day volumes had come to before the windows that are still open. */
export const TOTALS_FORGOTTEN: Mutation = restoredAs((symbol) => {
  if (symbol.dayVolume !== null) copyTotals(symbol.dayVolume.dropped, noTotals())
})

/** A restart has forgotten the day volumes of the windows that are still open. */
export const OPEN_TOTALS_FORGOTTEN: Mutation = restoredAs((symbol) => {
  for (const window of symbol.windows) window.dayVolume = null
})

/** State snapshots are read with their symbols changed. */
function restoredAs(change: (symbol: SymbolState) => void): Mutation {
  return {
    packing: (inner) => ({
      ...inner,
      unpack: async (bytes) => {
        const { description, image } = partsOf(await inner.unpack(bytes))
        const state = stateOf(new ImageReader(image), { partition: 0, settings: ANY_SETTINGS })
        for (const symbol of state.symbols) change(symbol)
        const changed = imageOf(state)
        const counts = { numbers: changed.numbers.length, texts: changed.texts.length }
        const lines = [{ ...description, ...counts }, changed.texts].map((line) => `${JSON.stringify(line)}\n`)
        return Buffer.concat([Buffer.from(lines.join('')), new Uint8Array(changed.numbers.buffer)])
      },
    }),
  }
}

const ANY_SETTINGS = { ...configAt(1), rules: rulesAt(1) }

/** A snapshot's bytes: a line that describes it, one of its texts, and its numbers. */
function partsOf(bytes: Uint8Array) {
  const textsAt = bytes.indexOf(LINE_END) + 1
  const numbersAt = bytes.indexOf(LINE_END, textsAt) + 1
  const lineAt = (start: number, end: number) => JSON.parse(Buffer.from(bytes.subarray(start, end)).toString())
  const numbers = new Float64Array(new Uint8Array(bytes.subarray(numbersAt)).buffer)
  return { description: lineAt(0, textsAt), image: { texts: lineAt(textsAt, numbersAt), numbers } }
}

const LINE_END = 0x0a

const RECORDS_TOO_NEW = 10

function olderBy(offset: number): number {
  return Math.max(0, offset - RECORDS_TOO_NEW)
}

/** Takes the same producer again after a commit whose outcome is unknown: nothing fences what is still on its way. */
export const PRODUCER_REUSED: Mutation = {
  producer: (parts, config) => {
    const known = producers.get(parts) ?? new Map<string, SimulatedProducer>()
    producers.set(parts, known)
    const producer = known.get(config.transactionalId) ?? new ForgivingProducer(parts, neverGivenUp(config))
    known.set(config.transactionalId, producer)
    return producer
  },
}

/** Takes what was fetched ahead, whatever positions are asked for meanwhile. */
export const FETCHED_FOR_OTHER_POSITIONS: Mutation = {
  fetchesBy: (send) => {
    let sentAhead: FetchRequest | null = null
    const ahead = new FetchAhead((request: FetchRequest) => {
      sentAhead = request
      return send(request)
    })
    return {
      async fetch(request) {
        const asked = sentAhead ?? request
        const answer = await ahead.fetch(asked)
        if (sentAhead === asked) sentAhead = null
        return answer
      },
    }
  },
}

const producers = new WeakMap<ClientParts, Map<string, SimulatedProducer>>()

function neverGivenUp(config: ProducerConfig): ProducerConfig {
  return { ...config, createPartitioner: () => (args) => args.message.partition }
}

/** Unlike kafkajs's, it begins a transaction whatever became of the one before. */
class ForgivingProducer extends SimulatedProducer {
  override transaction(): ReturnType<SimulatedProducer['transaction']> {
    this.state = 'ready'
    return super.transaction()
  }
}
