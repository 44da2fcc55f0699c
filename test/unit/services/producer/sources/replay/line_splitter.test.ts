import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LINE_BYTES_MAX } from '#services/producer/limits'
import { LineSplitter, type Lines } from '#services/producer/sources/replay/line_splitter'

function split(chunks: readonly (string | Buffer)[]) {
  const long: number[][] = []
  const splitter = new LineSplitter((line, bytes) => void long.push([line, bytes]))
  const lines = chunks.flatMap((chunk) => linesOf(splitter.push(Buffer.from(chunk))))
  return {
    lines: [...lines, ...linesOf(splitter.end())].map(({ content }) => String(content)),
    long,
    empty: splitter.emptyLines,
  }
}

/** The lines as objects; `end` counts from the beginning of the input. */
function linesOf({ bytes, count, starts, stops, ends, numbers, offset, openBytes }: Lines) {
  return Array.from({ length: count }, (_, row) => ({
    content: bytes.subarray(starts[row], stops[row]),
    number: numbers[row],
    end: offset + (ends[row] as number),
    openBytes: row === count - 1 ? openBytes : 0,
  }))
}

describe('the line splitter', () => {
  test.each([
    ['LF', ['a\nbc\n'], ['a', 'bc'], 0],
    ['CRLF', ['a\r\nbc\r\n'], ['a', 'bc'], 0],
    ['no end at the last line', ['a\nbc'], ['a', 'bc'], 0],
    ['CR at the last line', ['a\nbc\r'], ['a', 'bc'], 0],
    ['empty lines', ['\n\na\n\r\n\nb\n'], ['a', 'b'], 4],
    ['CRLF over two chunks', ['a\r', '\nb'], ['a', 'b'], 0],
    ['CR alone', ['a\rbc\r'], ['a', 'bc'], 0],
    ['CR alone over two chunks', ['a\r', 'b'], ['a', 'b'], 0],
    ['CR alone, then empty lines', ['a\r\r\r\nb'], ['a', 'b'], 2],
    ['nothing', [''], [], 0],
    ['byte order marks before lines', ['\uFEFFa\n\uFEFFb'], ['a', 'b'], 0],
    ['nothing but a byte order mark', ['\uFEFF'], [], 1],
  ])('%s', (_, chunks, lines, empty) => {
    expect(split(chunks)).toEqual({ lines, long: [], empty })
  })

  test('an empty chunk after the CR of a cut line does not join the next one to it', () => {
    const long = 'x'.repeat(2 * LINE_BYTES_MAX)
    expect(split([`${long}\r`, '', 'b\n']).lines.map(({ length }) => length)).toEqual([LINE_BYTES_MAX, 1])
  })

  test('however the bytes are cut into chunks, the lines are the same', () => {
    const text = fc.array(fc.constantFrom('a', 'ü', '\uFEFF', '\n', '\r\n', '\r', '{"x":1}'), { maxLength: 60 })
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 12 })), (words, sizes) => {
        const bytes = Buffer.from(words.join(''))
        const chunks: Buffer[] = []
        let from = 0
        for (const size of sizes) {
          chunks.push(bytes.subarray(from, from + size))
          from += size
        }
        chunks.push(bytes.subarray(from))
        expect(split(chunks)).toEqual(split([bytes]))
      }),
    )
  })

  test('bytes that are no text come out as they went in', () => {
    const lines = linesOf(new LineSplitter(() => {}).push(Buffer.from([0xff, 0x00, 0xc3, 0x0a])))
    expect(lines.map(({ content }) => content)).toEqual([Buffer.from([0xff, 0x00, 0xc3])])
  })

  test.each(['\n', '\r\n', ''])('a line of exactly the limit stays whole, one byte more is cut (%j)', (end) => {
    const exact = 'x'.repeat(LINE_BYTES_MAX)
    expect(split([exact + end])).toEqual({ lines: [exact], long: [], empty: 0 })
    const cut = split([`a\n${exact}y${end}`])
    expect(cut.lines).toEqual(['a', exact])
    expect(cut.long).toEqual([[2, LINE_BYTES_MAX + 1]])
  })

  test('a byte order mark does not hide that a line is cut', () => {
    const { lines, long } = split(['\uFEFF', 'x'.repeat(LINE_BYTES_MAX), 'yz'])
    expect(lines).toEqual(['x'.repeat(LINE_BYTES_MAX)])
    expect(long).toEqual([[1, LINE_BYTES_MAX + 5]])
  })

  test('a line without end is held in bounded memory, cut, and the next one is whole', () => {
    const chunk = 'x'.repeat(40_000)
    const { lines, long } = split([chunk, chunk, chunk, chunk, 'y\nnext\n'])
    expect(lines.map((line) => line.length)).toEqual([LINE_BYTES_MAX, 4])
    expect(long).toEqual([[1, 160_001]])
  })

  test('says of each line its number, where it ends, and how long it was, wherever it begins', () => {
    const splitter = new LineSplitter(() => {}, { lines: 7, bytes: 100 })
    const lines = [
      ...linesOf(splitter.push(Buffer.from('ab\n\nc\r'))),
      ...linesOf(splitter.push(Buffer.from('\ndef'))),
      ...linesOf(splitter.end()),
    ]
    expect(lines.map(({ content, number, end, openBytes }) => [String(content), number, end, openBytes])).toEqual([
      ['ab', 8, 103, 0],
      ['c', 10, 107, 0],
      ['def', 11, 110, 3],
    ])
  })
})
