// Files of deletion vectors: each vector is cut out by the log's word, and damage is said to be.

import { describe, expect, test } from 'vitest'
import { vectorInFile, vectorRange } from '#delta/deletion_vector/vector_file'
import type { DeletionVector } from '#delta/log/actions'
import { encodeRows, vectorFile } from '#support/delta/roaring_encoder'

const ROOT = '/lake/table'
const corrupt = (message: RegExp) =>
  expect.objectContaining({ code: 'TABLE_CORRUPT', message: expect.stringMatching(message) })

describe('of a file with several vectors', () => {
  const vectors = [encodeRows([1, 2]), encodeRows([70_000])]
  const { file, offsets } = vectorFile(vectors)
  const at = { root: ROOT, key: 'x.bin' }
  const second: DeletionVector = {
    storageType: 'u',
    pathOrInlineDv: '',
    offset: offsets[1] ?? 0,
    sizeInBytes: vectors[1]?.length ?? 0,
    cardinality: 1,
  }

  test('each is cut out', () => {
    expect(vectorInFile(file, second, at)).toEqual(vectors[1])
  })

  test('one is read without the rest of the file', () => {
    const { offset, length } = vectorRange(second)
    const bytes = file.subarray(offset, offset + length)
    expect(vectorInFile(bytes, { ...second, offset: 0 }, at)).toEqual(vectors[1])
  })

  test.each<[RegExp, (bytes: Buffer) => Partial<DeletionVector> | undefined]>([
    [/checksum/, (bytes) => void bytes.writeUInt8(bytes.readUInt8(bytes.length - 6) ^ 1, bytes.length - 6)],
    [/version 2/, (bytes) => void bytes.writeUInt8(2, 0)],
    [/not 12/, () => ({ sizeInBytes: 12 })],
    [/ends before/, () => ({ offset: file.length - 2 })],
    [/ends before/, () => ({ sizeInBytes: 2 ** 40 })],
  ])('damage is named: %s', (message, damage) => {
    const bytes = Buffer.from(file)
    const vector = { ...second, ...damage(bytes) }
    expect(() => vectorInFile(bytes, vector, at)).toThrow(corrupt(message))
  })
})
