import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Room } from '#table-copy/files/room'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('a room never holds more pieces or bytes than it has room for, and everyone gets in, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ bytes: fc.nat(15), turns: fc.nat(4) }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (pieces, piecesMax) => {
        const room = new Room({ piecesMax, bytesMax: 10 })
        let [inside, bytesInside] = [0, 0]
        const order: number[] = []
        const run = async ({ bytes, turns }: { bytes: number; turns: number }, at: number) => {
          const taken = await room.enter(bytes)
          order.push(at)
          inside++
          bytesInside += taken
          expect(inside).toBeLessThanOrEqual(piecesMax)
          expect(bytesInside).toBeLessThanOrEqual(10)
          for (let turned = 0; turned < turns; turned++) await turn()
          inside--
          bytesInside -= taken
          room.leave(taken)
        }
        await Promise.all(pieces.map(run))
        expect(order).toEqual(pieces.map((_, at) => at))
      },
    ),
    { numRuns: 50 },
  )
})
