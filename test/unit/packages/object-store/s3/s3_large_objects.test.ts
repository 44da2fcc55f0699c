// Ranges and uploads in parts before a server of ours that misbehaves: what each answer means, and what is cleaned up.

import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { S3_ATTEMPTS_MAX, type S3Limits } from '#object-store/s3/clients'
import { openS3Store, type S3Store } from '#object-store/s3/s3_store'
import { type ScriptedServer, type SeenRequest, scriptedServer } from '#support/scripted_server'

const KEYS = { region: 'us-east-1', accessKeyId: 'id', secretAccessKey: 'secret' }
const PART_BYTES = 4

type Answer = (request: SeenRequest, response: ServerResponse) => void

/** The steps of an upload, as the server tells them apart. */
type Step = 'begin' | 'part' | 'look' | 'complete' | 'abort' | 'put' | 'get'

function stepOf({ method, url }: SeenRequest): Step {
  const query = new URL(url, 'http://s3').searchParams
  if (method === 'POST') return query.has('uploads') ? 'begin' : 'complete'
  if (method === 'DELETE') return 'abort'
  if (method === 'HEAD') return 'look'
  if (method === 'GET') return 'get'
  return query.has('partNumber') ? 'part' : 'put'
}

/** A server that takes an upload, but for the steps that a test answers itself. */
async function storeBefore(
  answers: Partial<Record<Step, Answer>> = {},
  limits: S3Limits = {},
): Promise<{ store: S3Store; server: ScriptedServer; steps: () => Step[] }> {
  const server = await scriptedServer((request, response) => {
    const step = stepOf(request)
    const answer = answers[step] ?? USUAL[step]
    answer(request, response)
  })
  const url = 's3://bucket/lake'
  const store = openS3Store({ url, endpoint: server.url, ...KEYS, limits: { partBytes: PART_BYTES, ...limits } })
  return { store, server, steps: () => server.requests.map(stepOf) }
}

const USUAL: Record<Step, Answer> = {
  begin: xml(200, '<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>'),
  part: (request, response) => response.writeHead(200, { etag: `"${request.body.toString()}"` }).end(),
  look: (_, response) => response.writeHead(404).end(),
  complete: xml(200, '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'),
  abort: (_, response) => response.writeHead(204).end(),
  put: (_, response) => response.end(),
  get: (_, response) => response.end(),
}

function xml(status: number, body: string): Answer {
  return (_, response) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${body}`)
}

function failing(status: number, code: string): Answer {
  return xml(status, `<Error><Code>${code}</Code><Message>it is so</Message></Error>`)
}

const broken: Answer = (_, response) => void response.destroy()
const silent: Answer = () => {}

async function* textsOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

const UPLOAD: readonly Step[] = ['begin', 'part', 'part', 'part', 'look', 'complete']

describe('an object out of parts', () => {
  test('that fits one part is one conditional PUT', async () => {
    const { store, server, steps } = await storeBefore()
    expect(await store.putPartsIfAbsent('a', textsOf('ab', 'cd'))).toBe('created')
    expect(steps()).toEqual(['put'])
    expect(server.requests[0]).toMatchObject({ headers: { 'if-none-match': '*', 'content-length': '4' } })
  })

  test('however large is sent without asking first, and the next one takes the same connection', async () => {
    const ports = new Set<number | undefined>()
    const { store, server } = await storeBefore({
      put(request, response) {
        ports.add(response.socket?.remotePort)
        USUAL.put(request, response)
      },
    })
    const large = Buffer.alloc(3_000_000)
    await store.put('a', large)
    await store.put('b', large)
    expect(server.requests.map(({ headers }) => headers.expect)).toEqual([undefined, undefined])
    expect(server.requests.map(({ body }) => body.byteLength)).toEqual([large.byteLength, large.byteLength])
    expect(ports.size).toBe(1)
  })

  test('that does not is an upload whose completion carries the condition and names every part in order', async () => {
    const { store, server, steps } = await storeBefore()
    expect(await store.putPartsIfAbsent('a b', textsOf('abc', 'defghi'))).toBe('created')
    expect(steps().toSorted()).toEqual(UPLOAD.toSorted())
    const completion = server.requests.find((request) => stepOf(request) === 'complete')
    expect(completion?.headers['if-none-match']).toBe('*')
    expect(completion?.url).toMatch(/^\/bucket\/lake\/a%20b\?uploadId=u-1/)
    const named = [...(completion?.body.toString() ?? '').matchAll(/<Part>(.*?)<\/Part>/g)].map(([, part = '']) => [
      /<PartNumber>(.*)<\/PartNumber>/.exec(part)?.[1],
      /<ETag>(.*)<\/ETag>/.exec(part)?.[1]?.replaceAll(/"|&quot;/g, ''),
    ])
    expect(named).toEqual([['1', 'abcd'], ['2', 'efgh'], ['3', 'i']]) // biome-ignore format: pairs
  })

  test.each([
    ['412', failing(412, 'PreconditionFailed')],
    ['a 200 that names the failure', failing(200, 'PreconditionFailed')],
  ])('is taken for "exists" after %s, and its parts are thrown away', async (_name, complete) => {
    const { store, steps } = await storeBefore({ complete })
    expect(await store.putPartsIfAbsent('a', textsOf('123456789'))).toBe('exists')
    expect(steps().slice(-2)).toEqual(['complete', 'abort'])
  })

  test('is not completed where there is an object: a store may ignore the condition there', async () => {
    const { store, steps } = await storeBefore({ look: USUAL.put })
    expect(await store.putPartsIfAbsent('a', textsOf('123456789'))).toBe('exists')
    expect(steps().slice(-2)).toEqual(['look', 'abort'])
  })

  test('looks after a 409 whether there is an object, and fails when there is none', async () => {
    const { store, steps } = await storeBefore({ complete: failing(409, 'ConditionalRequestConflict') })
    const put = store.putPartsIfAbsent('a', textsOf('123456789'))
    await expect(put).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    expect(steps().slice(-4)).toEqual(['look', 'complete', 'look', 'abort'])
  })

  test('says that a store without the condition will not do', async () => {
    const { store } = await storeBefore({ complete: failing(501, 'NotImplemented') })
    const put = store.putPartsIfAbsent('a', textsOf('123456789'))
    await expect(put).rejects.toMatchObject({ code: 'STORE_NO_CONDITIONAL_PUT' })
  })

  test.each([
    ['a 500', failing(500, 'InternalError'), 'STORE_FAILED', {}],
    ['a 200 that names a failure', failing(200, 'InternalError'), 'STORE_FAILED', {}],
    ['a broken connection', broken, 'STORE_UNREACHABLE', {}],
    ['silence', silent, 'STORE_UNREACHABLE', { requestTimeoutMs: 1_000 }],
  ] as const)('is completed by one try: its outcome is unknown after %s', async (_name, complete, code, limits) => {
    const { store, steps } = await storeBefore({ complete }, limits)
    const put = store.putPartsIfAbsent('a', textsOf('123456789'))
    await expect(put).rejects.toMatchObject({ code, retryable: true })
    const [first, ...others] = steps().slice(steps().indexOf('complete'))
    expect(first).toBe('complete')
    // Whatever throws the parts away may be tried again.
    expect(new Set(others)).toEqual(new Set(['abort']))
    expect(others.length).toBeLessThanOrEqual(S3_ATTEMPTS_MAX)
  })

  test('has a failed part sent again', async () => {
    let asked = 0
    const { store, steps } = await storeBefore({
      part(request, response) {
        const answer = ++asked === 1 ? failing(503, 'SlowDown') : USUAL.part
        answer(request, response)
      },
    })
    expect(await store.putPartsIfAbsent('a', textsOf('123456789'))).toBe('created')
    expect(steps().filter((step) => step === 'part')).toHaveLength(4)
  })

  test('is given up, and its parts thrown away, when a part cannot be sent', async () => {
    const { store, steps } = await storeBefore({ part: failing(500, 'InternalError'), abort: failing(500, 'Down') })
    const put = store.putPartsIfAbsent('a', textsOf('12345678'))
    await expect(put).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/create a/) })
    expect(steps()).not.toContain('complete')
    expect(steps().filter((step) => step === 'abort')).toHaveLength(S3_ATTEMPTS_MAX)
  })

  test('is given up when its source fails amid the parts', async () => {
    const { store, steps } = await storeBefore()
    async function* failingSource(): AsyncGenerator<Uint8Array> {
      yield* textsOf('123456789')
      throw new Error('no more')
    }
    await expect(store.putPartsIfAbsent('a', failingSource())).rejects.toThrow('no more')
    expect(steps()).not.toContain('complete')
    expect(steps().at(-1)).toBe('abort')
  })
})

describe('a range', () => {
  test('asks for its bytes alone', async () => {
    const { store, server } = await storeBefore({
      get: (_, response) => response.writeHead(206, { 'content-range': 'bytes 2-4/9' }).end('cde'),
    })
    expect(Buffer.from((await store.getRange('a', { offset: 2, length: 3 })) ?? []).toString()).toBe('cde')
    expect(server.requests[0]?.headers.range).toBe('bytes=2-4')
  })

  test('is cut out of the whole object when the store knows no ranges', async () => {
    const { store } = await storeBefore({ get: (_, response) => response.end('abcdefghi') })
    expect(Buffer.from((await store.getRange('a', { offset: 2, length: 3 })) ?? []).toString()).toBe('cde')
  })

  test('beyond the end, which is a 416, has no bytes', async () => {
    const { store } = await storeBefore({ get: failing(416, 'InvalidRange') })
    expect((await store.getRange('a', { offset: 2, length: 3 }))?.byteLength).toBe(0)
  })

  test.each([
    ['with a length', { 'content-length': '3' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ] as readonly (readonly [string, Record<string, string>])[])(
    'that was cut short is no shorter range (%s)',
    async (_name, headers) => {
      const { store } = await storeBefore({
        get: (_, response) =>
          void response
            .writeHead(206, { 'content-range': 'bytes 2-4/9', ...headers })
            .write('c', () => response.destroy()),
      })
      await expect(store.getRange('a', { offset: 2, length: 3 })).rejects.toMatchObject({ retryable: true })
    },
  )

  test('of no bytes asks only whether there is an object', async () => {
    const { store, steps } = await storeBefore()
    expect(await store.getRange('a', { offset: 2, length: 0 })).toBeUndefined()
    expect(steps()).toEqual(['look'])
  })
})
