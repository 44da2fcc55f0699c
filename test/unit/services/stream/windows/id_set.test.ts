// The set of ids behaves as a Set for each symbol with a list for each window does: that is what it stands for.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashOf, ID_BYTES_MAX, IdSet, NO_ENTRY } from '#services/stream/windows/id_set'
import { type IdPlace, idPlaceOf, idTextAt } from '#services/stream/windows/id_text'
import { idTexts } from '#support/id_texts'

/** Chains of ids by symbol and window, beside texts in Sets and lists. */
class Compared {
  readonly #ids = new IdSet()
  readonly #ends = new Map<string, number>()
  readonly #sets = new Map<number, Set<string>>()
  readonly #lists = new Map<string, string[]>()

  give(slot: number, window: number, id: string): void {
    const place = beside(id)
    const set = this.#sets.get(slot) ?? new Set()
    expect(this.#ids.has(slot, place)).toBe(set.has(id))
    if (set.has(id)) return
    this.#sets.set(slot, set.add(id))
    const chain = `${slot} ${window}`
    this.#lists.set(chain, [...(this.#lists.get(chain) ?? []), id])
    this.#ends.set(chain, this.#ids.add(slot, place, this.#ends.get(chain) ?? NO_ENTRY))
  }

  forget(slot: number, window: number): void {
    const chain = `${slot} ${window}`
    for (const id of this.#lists.get(chain) ?? []) this.#sets.get(slot)?.delete(id)
    this.#lists.delete(chain)
    this.#ids.forget(this.#ends.get(chain) ?? NO_ENTRY)
    this.#ends.delete(chain)
  }

  check(): void {
    let size = 0
    for (const [slot, set] of this.#sets) {
      size += set.size
      for (const id of set) expect(this.#ids.has(slot, idPlaceOf(id))).toBe(true)
    }
    expect(this.#ids.size).toBe(size)
    for (const [chain, list] of this.#lists) {
      expect(idTexts(this.#ids, this.#ends.get(chain) ?? NO_ENTRY)).toEqual(list)
    }
  }
}

/** The bytes of an id as they lie in a value: among others. */
function beside(id: string): IdPlace {
  const { idBytes, idStop } = idPlaceOf(id)
  return { idBytes: Buffer.concat([Buffer.from('"id":"'), idBytes, Buffer.from('"}')]), idStart: 6, idStop: 6 + idStop }
}

describe('it is a Set for each symbol and a list for each window', () => {
  const ids = fc.oneof(
    { weight: 6, arbitrary: fc.nat(60).map((n) => `t-${1_000_000_000 + n}`) },
    { weight: 2, arbitrary: fc.nat(60).map(String) },
    { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }) },
    fc.constantFrom(
      '\ud800',
      '\udc00',
      '\ufffd',
      '\ud83d\ude00',
      '\ude00\ud83d',
      'é',
      '\0',
      '\0\0',
      'ÿ',
      'x'.repeat(256),
    ),
    fc.nat(256).map((length) => '語'.repeat(length || 1)),
  )
  const slot = fc.constantFrom(0, 1, 2, 999_999)
  const window = fc.nat(3)
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.record({ kind: fc.constant('give' as const), slot, window, id: ids }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), slot, window }) },
  )

  test('whatever is given and forgotten', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const compared = new Compared()
        for (const each of steps) {
          if (each.kind === 'give') compared.give(each.slot, each.window, each.id)
          else compared.forget(each.slot, each.window)
        }
        compared.check()
      }),
      { numRuns: 300 },
    )
  })

  test('while it grows, and while the windows of 50 symbols come and go', () => {
    const compared = new Compared()
    for (let n = 0, window = 0; n < 60_000; n++) {
      if (n % 5_000 === 0) {
        window++
        for (let slot = 0; slot < 50; slot++) compared.forget(slot, window - 3)
      }
      compared.give(n % 50, window, `t-${1_000_000_000 + (n % 9 === 0 ? n - 100 : n)}`)
    }
    compared.check()
  })
})

/** Pairs of different ids that have one hash: of 300,000 there are some ten. */
function sameHashPairs(): [string, string][] {
  const byHash = new Map<number, string>()
  const pairs: [string, string][] = []
  for (let n = 0; n < 300_000; n++) {
    const id = `t-${1_000_000_000 + n * 7_919}`
    const hash = hashOf(id.length, Buffer.from(id), 0)
    const other = byHash.get(hash)
    if (other === undefined) byHash.set(hash, id)
    else pairs.push([other, id])
  }
  return pairs
}

test('ids of one hash are told apart, and forgotten one by one', () => {
  const pairs = sameHashPairs()
  expect(pairs.length).toBeGreaterThan(2)
  for (const [one, other] of [...pairs, ...pairs.map(([a, b]) => [b, a] as const)]) {
    const ids = new IdSet()
    const end = ids.add(0, idPlaceOf(one), NO_ENTRY)
    expect(ids.has(0, idPlaceOf(other))).toBe(false)
    ids.add(0, idPlaceOf(other), NO_ENTRY)
    ids.forget(end)
    expect([ids.has(0, idPlaceOf(one)), ids.has(0, idPlaceOf(other))]).toEqual([false, true])
  }
})

test('the hashes of ids that count up are spread like random ones', () => {
  const places = 2 ** 17
  const taken = new Set<number>()
  for (let n = 0; n < places / 2; n++) {
    const id = `t-${1_000_000_000 + n * 4}`
    taken.add(hashOf(id.length, Buffer.from(id), 0) & (places - 1))
  }
  // Of random hashes, 1 - 1/sqrt(e) of the places are taken: 39 %.
  expect(taken.size / places).toBeGreaterThan(0.38)
})

test('room that was freed is used again', () => {
  const ids = new IdSet()
  const byRound: number[] = []
  for (let round = 0; round < 40; round++) {
    let end = NO_ENTRY
    for (let n = 0; n < 2_000; n++) end = ids.add(1, idPlaceOf(`t-${1_000_000 + round * 2_000 + n}`), end)
    byRound.push(ids.memoryBytes)
    expect(ids.forget(end)).toBe(2_000)
  }
  expect(new Set(byRound).size).toBe(1)
  expect(ids.size).toBe(0)
})

test('an id that is too long is never there, and is not taken', () => {
  const [longest, longer] = ['x'.repeat(ID_BYTES_MAX), 'x'.repeat(ID_BYTES_MAX + 1)].map(idPlaceOf) as [
    IdPlace,
    IdPlace,
  ]
  const ids = new IdSet()
  ids.add(999_999, longest, NO_ENTRY)
  expect(ids.has(999_999, longest)).toBe(true)
  expect(ids.has(999_998, longest)).toBe(false)
  expect(ids.has(999_999, longer)).toBe(false)
  expect(() => ids.add(999_999, longer, NO_ENTRY)).toThrow(RangeError)
})

test('every text comes back from its bytes, and no two have the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      const places = [one, other, `${one}\ud800`, `\udc00${one}`].map(beside)
      expect(places.map(({ idBytes, idStart, idStop }) => idTextAt(idBytes, idStart, idStop))).toEqual([
        one,
        other,
        `${one}\ud800`,
        `\udc00${one}`,
      ])
    }),
  )
  expect(idPlaceOf('\ud800').idBytes).not.toEqual(idPlaceOf('\ufffd').idBytes)
})
