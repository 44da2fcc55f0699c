import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_DECODER_SETTINGS } from '#market/decoding/decoder'
import { timestampReader } from '#market/decoding/timestamp'
import { REPLAYED_HEADERS } from '#market/headers'
import { virtualClock } from '#runtime/clock'
import { epochMs } from '#runtime/units'
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, LINE_BYTES_MAX } from '#services/producer/limits'
import type { QuoteSource, SourceBatch, SourceRecord } from '#services/producer/sources/quote_source'
import { type ReplayOptions, replaySource } from '#services/producer/sources/replay/replay_source'
import { decodeQuote, readTimestamp } from '#support/decoder'
import { recordedLogger } from '../../recorded_logger.ts'
import { watchedClock } from '../../watched_clock.ts'

const T = 1_790_951_400_000
const line = (symbol: string, price: number, timestamp: number | string = T) =>
  JSON.stringify({ symbol, price, timestamp })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

function open(options: Partial<ReplayOptions>) {
  const recorded = recordedLogger()
  const source = replaySource({
    file: '-',
    speed: 0,
    readTimestamp,
    stdin: Readable.from([]),
    clock: virtualClock(T),
    logger: recorded.logger,
    ...options,
  })
  return { source, ...recorded }
}

async function readAll(source: QuoteSource, signal = never, from: string | null = null): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const batch of source.batches(from, signal)) records.push(...batch.records)
  return records
}

const WITH_CHECKSUM = { [constants.ZSTD_c_checksumFlag]: 1 }
const never = new AbortController().signal
const textOf = (record: SourceRecord | undefined) => Buffer.from(record?.value ?? '').toString()

const keysOf = (batch: SourceBatch | undefined) => Array.from(batch?.records ?? [], ({ key }) => key)

describe('a replay', () => {
  test('hands on each line as it is, keyed by its symbol when it has a valid one', async () => {
    const lines = [
      line('AAPL', 277.06),
      `{ "price" : 1.50, "symbol":"MSFT","timestamp":"2026-10-05T13:30:00Z","currency":"USD" }`,
      line('AAPL', -1),
      line('apple', 1),
      'not json',
      '["AAPL"]',
      'null',
      '{"price":1}',
      '  ',
    ]
    const records = await readAll(open({ file: await fileOf('q.ndjson', `${lines.join('\n')}\n`) }).source)
    expect(records.map(textOf)).toEqual(lines)
    expect(records.map((record) => record.key)).toEqual(['AAPL', 'MSFT', 'AAPL', null, null, null, null, null, null])
    expect(records.map((record) => record.price)).toEqual([277.06, 1.5, null, null, null, null, null, null, null])
    expect(records[1]).toMatchObject({ topic: 'stock-prices', currency: 'USD' })
  })

  test('counts empty lines and leaves them out', async () => {
    const file = await fileOf('q.ndjson', `\r\n${line('A', 1)}\r\n\r\n${line('B', 2)}`)
    const { source } = open({ file })
    expect((await readAll(source)).map(textOf)).toEqual([line('A', 1), line('B', 2)])
    expect(source.skips().emptyLines).toBe(2)
  })

  test('passes over a byte order mark at the beginning, which is no part of the first line', async () => {
    const file = await fileOf('q.ndjson', `\uFEFF${line('A', 1)}\n`)
    expect((await readAll(open({ file }).source)).map((record) => record.key)).toEqual(['A'])
  })

  test('bytes that are not UTF-8 arrive as they are', async () => {
    const broken = Buffer.concat([Buffer.from('{"symbol":"A'), Buffer.from([0xff]), Buffer.from('"}')])
    const [record] = await readAll(open({ file: await fileOf('q', broken) }).source)
    expect(Buffer.from(record?.value ?? '')).toEqual(broken)
  })

  test('a line that is too long becomes a dead letter, is named in a warning, and stops nothing', async () => {
    const file = await fileOf('q', `${line('A', 1)}\n${'x'.repeat(200_000)}\n${line('B', 2)}\n`)
    const { source, texts } = open({ file })
    const records = await readAll(source)
    expect(records.map((record) => record.key)).toEqual(['A', null, 'B'])
    expect(records[1]?.value.length).toBe(LINE_BYTES_MAX)
    expect(decodeQuote(records[1]?.value as Uint8Array, epochMs(T))).toMatchObject({ reason: 'too_large' })
    expect(texts()).toEqual([expect.stringContaining('line 2 ')])
  })

  test.each(['q.ndjson', 'q.ndjson.gz', 'q.ndjson.zst'])(
    '%s: a large file arrives whole, in bounded batches',
    async (name) => {
      const lines = Array.from({ length: 30_000 }, (_, i) => line(`S${i % 500}`, 100 + i / 100, T + i))
      const text = Buffer.from(lines.join('\n'))
      const content = name.endsWith('.gz') ? gzipSync(text) : name.endsWith('.zst') ? zstdCompressSync(text) : text
      const { source } = open({ file: await fileOf(name, content) })
      const read: string[] = []
      for await (const { records: batch } of source.batches(null, never)) {
        expect(batch.length).toBeLessThanOrEqual(BATCH_RECORDS_MAX)
        const texts = Array.from(batch, textOf)
        expect(texts.reduce((bytes, text) => bytes + text.length, 0)).toBeLessThan(BATCH_BYTES_MAX + 100)
        read.push(...texts)
      }
      expect(read).toEqual(lines)
    },
  )

  test('gzip and zstd files that were appended to each other are read whole', async () => {
    const [a, b] = [`${line('A', 1)}\n`, `${line('B', 2)}\n`].map((text) => Buffer.from(text)) as [Buffer, Buffer]
    const gz = await fileOf('q.gz', Buffer.concat([gzipSync(a), gzipSync(b)]))
    const zst = await fileOf('q.zst', Buffer.concat([zstdCompressSync(a), zstdCompressSync(b)]))
    for (const file of [gz, zst]) {
      expect((await readAll(open({ file }).source)).map((record) => record.key)).toEqual(['A', 'B'])
    }
  })

  test('reads standard input as it comes, without waiting for its end', async () => {
    const stdin = new PassThrough()
    const { source } = open({ stdin })
    const batches = source.batches(null, never)[Symbol.asyncIterator]()
    stdin.write(`${line('A', 1)}\n${line('B', 2).slice(0, 10)}`)
    expect(keysOf((await batches.next()).value)).toEqual(['A'])
    stdin.end(line('B', 2).slice(10))
    expect(keysOf((await batches.next()).value)).toEqual(['B'])
    expect((await batches.next()).done).toBe(true)
  })

  test('an abort ends it, though standard input stays silent, and half a line is not taken for a line', async () => {
    const stop = new AbortController()
    const stdin = new PassThrough()
    stdin.write('{"symbol":"A')
    const reading = readAll(open({ stdin }).source, stop.signal)
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    expect(await reading).toEqual([])
    expect(stdin.destroyed).toBe(true)
  })

  test.each([
    ['milliseconds', 'ms', 1],
    ['seconds, by TIMESTAMP_UNIT', 's', 1000],
  ] as const)('at a speed, each quote comes when it is due, in %s', async (_name, timestampUnit, divisor) => {
    const clock = watchedClock(T)
    const times = [T, T, T + 4000].map((ms) => ms / divisor)
    const lines = ['A', 'B', 'C'].map((symbol, i) => line(symbol, 1 + i, times[i] as number))
    const stdin = Readable.from([Buffer.from(lines.join('\n'))])
    const reader = timestampReader({ ...DEFAULT_DECODER_SETTINGS, timestampUnit })
    const { source } = open({ stdin, speed: 2, clock, readTimestamp: reader })
    const batches = source.batches(null, never)[Symbol.asyncIterator]()
    expect(keysOf((await batches.next()).value)).toEqual(['A', 'B'])
    const next = batches.next()
    const waitMs = await clock.nextSleep()
    expect(waitMs).toBe(2000)
    await clock.advance(waitMs)
    expect(keysOf((await next).value)).toEqual(['C'])
  })

  test('says what it replays', () => {
    expect(open({ file: 'q.gz' }).source.describe()).toBe('replay of q.gz, as fast as possible')
    expect(open({ speed: 1 }).source.describe()).toBe('replay of standard input, as fast as recorded')
    expect(open({ speed: 60 }).source.describe()).toBe('replay of standard input, 60 times as fast as recorded')
  })
})

describe('a replay that was stopped', () => {
  const lines = Array.from({ length: 40 }, (_, i) => line(`S${i % 7}`, i + 1, T + i))
  const text = (end: number) => lines.slice(0, end).join('\n')

  /** Replays a file from a position on; gives what it sent, the position after each batch, and what it said. */
  async function replay(file: string, from: string | null = null, chunks = 1) {
    const { source, texts } = open({ file, speed: chunks > 1 ? 1e-6 : 0, clock: alwaysLate() })
    const records: SourceRecord[] = []
    const positions: string[] = []
    for await (const batch of source.batches(from, never)) {
      records.push(...batch.records)
      positions.push(batch.position as string)
    }
    return { name: await source.positionName(never), sent: records.map(textOf), positions, texts: texts() }
  }

  /** With a speed, each line that is to be waited for is a batch of its own; here no wait takes any time. */
  const alwaysLate = () => ({ now: () => epochMs(T), sleep: async () => {} })

  test.each(['q.ndjson', 'q.ndjson.gz', 'Q.NDJSON.ZST', 'Q.GZ'])('goes on behind each line of %s', async (name) => {
    const plain = Buffer.from(`\uFEFF${text(20)}\r\n\n\uFEFF${lines.slice(20).join('\r')}\r`)
    const content = /gz$/i.test(name) ? gzipSync(plain) : /zst$/i.test(name) ? zstdCompressSync(plain) : plain
    const file = await fileOf(name, content)
    const whole = await replay(file, null, 40)
    expect(whole.sent).toEqual(lines)
    expect(whole.positions).toHaveLength(40)
    for (const [i, position] of whole.positions.entries()) {
      const rest = await replay(file, position)
      expect(rest.sent).toEqual(lines.slice(i + 1))
      const number = i < 19 ? i + 2 : i + 3
      expect(rest.texts).toEqual([
        i === 39
          ? `${name} has nothing new after 41 lines; SOURCE_POSITION=start sends all of it again`
          : expect.stringMatching(new RegExp(`^going on from line (${number}|${number - 1}) of ${name}$`)),
      ])
    }
  })

  test.each(['', '\n', '\r\n', '\r'])(
    'sends the new lines of a file that ended with %j and has grown longer',
    async (end) => {
      const before = await replay(await fileOf('q', `${text(15)}${end}`))
      expect(before.sent).toEqual(lines.slice(0, 15))
      const grown = await fileOf('q', `${text(15)}${end || '\n'}${lines.slice(15).join('\n')}\n`)
      const after = await replay(grown, before.positions.at(-1))
      expect(after.name).toBe(before.name)
      expect(after.sent).toEqual(lines.slice(15))
      expect(after.texts).toEqual(['going on from line 16 of q'])
    },
  )

  test('sends a line whole whose beginning it met at the end of a file that was still being written', async () => {
    const before = await replay(await fileOf('q', text(15).slice(0, -7)))
    expect(before.sent.at(-1)).toBe(lines[14]?.slice(0, -7))
    const after = await replay(await fileOf('q', `${text(20)}\n`), before.positions.at(-1))
    expect(after.sent).toEqual(lines.slice(14, 20))
  })

  test('is the same recording under another name, and compressed', async () => {
    const before = await replay(await fileOf('today', `${text(15)}\n`))
    const after = await replay(await fileOf('monday.gz', gzipSync(`${text(18)}\n`)), before.positions.at(-1))
    expect([after.name, after.sent]).toEqual([before.name, lines.slice(15, 18)])
    expect((await replay(await fileOf('other', lines.slice(1).join('\n')))).name).not.toBe(before.name)
  })

  test.each([
    ['changed', (all: string) => all.replace('"price":9,', '"price":8,')],
    ['shortened', (all: string) => all.slice(0, 300)],
    ['cut in its middle', (all: string) => all.slice(0, 200) + all.slice(300)],
  ])('refuses a file that was %s, and says what to do', async (_, change) => {
    const before = await replay(await fileOf('q.ndjson', `${text(15)}\n`))
    const file = await fileOf('q.ndjson', change(`${text(15)}\n`))
    const failure = replay(file, before.positions.at(-1))
    await expect(failure).rejects.toMatchObject({ code: 'SOURCE_FAILED', retryable: false })
    await expect(replay(file, before.positions.at(-1))).rejects.toThrow(
      /^q\.ndjson was changed: .* the 15 lines .*; .* set SOURCE_POSITION=start to send all of it$/,
    )
  })

  test('standard input keeps no position, and says so', async () => {
    const { source, texts } = open({ stdin: Readable.from([Buffer.from(text(2))]) })
    expect(await source.positionName(never)).toBe(null)
    expect(texts()).toEqual([expect.stringContaining('standard input keeps no position')])
    await readAll(source)
    expect(source.ended?.()).toBe('standard input has ended after 2 lines')
  })

  test('a pipe under a name is read once: it keeps no position, and loses nothing', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const { source, texts } = open({ file: pipe })
    const writing = writeFile(pipe, text(40))
    expect(await source.positionName(never)).toBe(null)
    expect(texts()).toEqual([expect.stringContaining(`${pipe} keeps no position`)])
    expect((await readAll(source)).map(textOf)).toEqual(lines)
    await writing
  })

  test('carries the mark of replayed history on every record', async () => {
    const [record] = await readAll(open({ file: await fileOf('q', text(1)) }).source)
    expect(record?.headers).toEqual(REPLAYED_HEADERS)
  })
})

describe('a replay that cannot go on', () => {
  const failure = async (file: string) => {
    const error = await readAll(open({ file }).source).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', retryable: false })
    return (error as Error).message
  }

  test.each(['none', 'none.gz', 'none.zst'])('says that there is no file %s', async (name) => {
    expect(await failure(join(folder, name))).toMatch(/none\S*: there is no such file; check REPLAY_FILE/)
  })

  test.each([
    ['utf16le', Buffer.of(0xff, 0xfe)],
    ['utf16le', Buffer.alloc(0)],
  ] as const)('says that it is UTF-16, %s with %o before it', async (encoding, mark) => {
    const content = Buffer.concat([mark, Buffer.from(`${line('A', 1)}\n`, encoding)])
    expect(await failure(await fileOf('q.ndjson', content))).toMatch(/it is UTF-16; save it as UTF-8/)
    expect(await failure(await fileOf('swapped', Buffer.from(content).swap16()))).toMatch(/it is UTF-16/)
    expect(await failure(await fileOf('q.gz', gzipSync(content)))).toMatch(/it is UTF-16/)
  })

  test('says that it is a folder', async () => {
    expect(await failure(folder)).toMatch(/it is a folder/)
  })

  test.each(['q.gz', 'q.zst'])('says that %s is not what its name says', async (name) => {
    expect(await failure(await fileOf(name, `${line('A', 1)}\n`))).toMatch(/is not what the ending of its name says/)
  })

  test.each(['q.GZ', 'q.zst'])('says of %s that bytes follow its end, or that its checksum is wrong', async (name) => {
    const text = Buffer.from(`${line('A', 1)}\n`)
    const whole = name === 'q.GZ' ? gzipSync(text) : zstdCompressSync(text, { params: WITH_CHECKSUM })
    const format = name === 'q.GZ' ? 'gzip' : 'zstd'
    const followed = await fileOf(name, Buffer.concat([whole, Buffer.from('and more')]))
    expect(await failure(followed)).toContain(`bytes that are not ${format} follow the end of its ${format} data`)
    const damaged = Buffer.from(whole)
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 8) ^ 1, damaged.length - (name === 'q.GZ' ? 8 : 1))
    expect(await failure(await fileOf(name, damaged))).toMatch(/does not match the checksum in it, so it is damaged/)
  })

  test.each(['q.gz', 'q.zst'])('says where %s ends too early, and takes no half line for a whole one', async (name) => {
    const text = Buffer.from(Array.from({ length: 50_000 }, (_, i) => line('A', i + 1)).join('\n'))
    const whole = name === 'q.gz' ? gzipSync(text) : zstdCompressSync(text)
    const file = await fileOf(name, whole.subarray(0, Math.floor(whole.length * 0.9)))
    const keys: (string | null)[] = []
    const reading = async () => {
      for await (const batch of open({ file }).source.batches(null, never)) {
        keys.push(...Array.from(batch.records, (record) => record.key))
      }
    }
    await expect(reading()).rejects.toThrow(/ends too early, after \d+ lines; get a complete copy/)
    expect(keys.length).toBeGreaterThan(1000)
    expect(keys.every((key) => key === 'A')).toBe(true)
  })
})
