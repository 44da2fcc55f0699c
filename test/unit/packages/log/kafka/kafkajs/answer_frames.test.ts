// Answers out of a connection's bytes: whatever the pieces they come in, and whatever length is announced.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANSWER_BYTES_MAX, AnswerFrames } from '#log/kafka/kafkajs/answer_frames'

/** An answer with its length in front. */
function framed(content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + content.length)
  bytes.writeInt32BE(content.length)
  bytes.set(content, 4)
  return bytes
}

/** Reads all bytes, at most `pieceBytes` of the room at a time. */
function readInPieces(frames: AnswerFrames, bytes: Buffer, pieceBytes: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const room = frames.room()
    if (room.length === 0) throw new Error('there is no room')
    const count = Math.min(room.length, pieceBytes(), bytes.length - at)
    room.set(bytes.subarray(at, at + count))
    frames.read(count)
    at += count
  }
}

const lengths = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 16_300, max: 16_500 }),
  fc.integer({ min: 4, max: 60_000 }),
)

test('answers come out whole and in order, whatever the pieces they are read in', () => {
  const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 10_000, max: 70_000 })), {
    minLength: 1,
  })
  fc.assert(
    fc.property(fc.array(lengths, { maxLength: 8 }), pieces, (sizes, pieceSizes) => {
      const answers = sizes.map((length, index) => framed(Buffer.alloc(length, index + 1)))
      const taken: Buffer[] = []
      let turn = 0
      const nextPiece = () => pieceSizes[turn++ % pieceSizes.length] as number
      readInPieces(new AnswerFrames((answer) => taken.push(answer)), Buffer.concat(answers), nextPiece)
      expect(taken.length).toBe(answers.length)
      expect(taken.every((answer, index) => answer.equals(answers[index] as Buffer))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('an answer is its own: reading on does not change it', () => {
  const taken: Buffer[] = []
  const frames = new AnswerFrames((answer) => taken.push(answer))
  const [first, second] = [framed(Buffer.alloc(10, 1)), framed(Buffer.alloc(10, 2))]
  readInPieces(frames, Buffer.concat([first, second]), () => first.length)
  expect(taken).toEqual([first, second])
})

test.each([-1, -(2 ** 31), ANSWER_BYTES_MAX + 1, 2 ** 31 - 1])('no broker announces %d bytes', (announced) => {
  const frames = new AnswerFrames(() => {
    throw new Error('taken')
  })
  frames.room().writeInt32BE(announced)
  expect(() => frames.read(4)).toThrow(`an answer of ${announced} bytes is announced`)
})
