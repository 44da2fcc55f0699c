// What a copy holds in memory of its files, counted: no more than its limits say, whatever the files are like.

import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import { BYTES_HELD_MAX, type ObjectStore } from '#object-store/object_store'
import { countedReads } from '#support/stores/counted_reads'
import { copy } from '#support/table-copy/copies'
import { addOf, foreignTable, METADATA, PLAIN } from '#support/table-copy/foreign_log'
import { COPY_LIMITS_DEFAULT, COPY_PART_BYTES, COPY_PARTS_HELD } from '#table-copy/limits'

const MB = 1_000_000
/** A part is read with one byte more at the end of its file. */
const ONE_TOO_FAR = 1

/** A table whose files are made when they are read. */
async function tableOf(sizes: readonly number[]): Promise<ObjectStore> {
  const log = await foreignTable([[PLAIN, METADATA], ...sizes.map((size, at) => [addOf(`${at}.parquet`, size)])])
  const sizeOf = (key: string) => sizes[Number(key.split('.')[0])] ?? 0
  return {
    ...log,
    sizeOf: async (key) => sizeOf(key),
    getRange: async (key, { offset, length }) => {
      await turn()
      return new Uint8Array(Math.min(length, sizeOf(key) - offset))
    },
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A target that uses what it was given as long as it may, and takes turns over the rest. */
function holding(): ObjectStore {
  return {
    ...openMemoryStore(),
    async putPartsIfAbsent(_, parts) {
      const given: Uint8Array[] = []
      let bytes = 0
      for await (const part of parts) {
        given.push(part)
        bytes += part.byteLength
        for (
          let first = given[0];
          first !== undefined && bytes - first.byteLength >= BYTES_HELD_MAX;
          first = given[0]
        ) {
          bytes -= first.byteLength
          given.shift()
        }
        for (let turns = 0; turns < 3; turns++) await turn()
        for (const used of given) if (used.byteLength === 0) throw new Error('a part was freed while it was in use')
      }
      return 'created'
    },
  }
}

describe('the bytes of files in memory', () => {
  test.each([
    ['a large file', [20 * COPY_PART_BYTES + 17], COPY_PARTS_HELD * COPY_PART_BYTES],
    ['files of ordinary size', Array<number>(40).fill(2.5 * MB), COPY_LIMITS_DEFAULT.bytesMax],
    ['many small files', Array<number>(200).fill(300_000), COPY_LIMITS_DEFAULT.bytesMax],
    ['files of all sizes', [MB, 30 * MB, 7, 6 * MB, 40 * MB, MB, MB, 13 * MB], COPY_PARTS_HELD * COPY_PART_BYTES],
  ])('of %s stay within their limit', async (_name, sizes, bytesMax) => {
    const { counted, heldMax } = countedReads(await tableOf(sizes))
    expect(await copy(counted, holding(), { limits: {} })).toMatchObject({ files: sizes.length })
    expect(heldMax()).toBeLessThanOrEqual(bytesMax + sizes.length * ONE_TOO_FAR)
    expect(heldMax()).toBeGreaterThan(bytesMax / 5)
  })
})
