// The S3 store before a server of ours that misbehaves: what each answer means, and how often it is asked.

import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { S3_ATTEMPTS_MAX, type S3Limits } from '#object-store/s3/clients'
import { openS3Store, type S3Store } from '#object-store/s3/s3_store'
import { type ScriptedServer, type SeenRequest, scriptedServer } from '#support/scripted_server'
import { NOBODY } from '#support/services/reach'

const SECRET = 'secret-key-that-nobody-may-see'
const KEYS = { region: 'us-east-1', accessKeyId: 'AKID-that-nobody-needs-to-see', secretAccessKey: SECRET }
const BODY = new TextEncoder().encode('the body')

type Answer = (request: SeenRequest, response: ServerResponse) => void

async function storeBefore(answer: Answer, limits: S3Limits = {}): Promise<{ store: S3Store; server: ScriptedServer }> {
  const server = await scriptedServer(answer)
  return { server, store: openS3Store({ url: 's3://bucket/lake', endpoint: server.url, ...KEYS, limits }) }
}

/** An error as S3 writes it; HEAD answers have no body. */
function failing(status: number, code: string): Answer {
  return (request, response) => {
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>it is so</Message></Error>`
    response.writeHead(status, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? '' : xml)
  }
}

const methods = (server: ScriptedServer) => server.requests.map((request) => request.method)

describe('a conditional write', () => {
  test('sends one plain PUT with If-None-Match to the path of the object', async () => {
    const { store, server } = await storeBefore((_, response) => response.end())
    expect(await store.putIfAbsent('log/0.json', BODY)).toBe('created')
    const [request, ...others] = server.requests
    expect(others).toEqual([])
    expect(request).toMatchObject({ method: 'PUT', headers: { 'if-none-match': '*', 'content-length': '8' } })
    expect(request?.url).toMatch(/^\/bucket\/lake\/log\/0\.json(\?|$)/)
    expect(request?.body.toString()).toBe('the body')
    expect(Object.keys(request?.headers ?? {}).filter((name) => /checksum|trailer|encoding/.test(name))).toEqual([])
  })

  test('takes 412 for "exists"', async () => {
    const { store, server } = await storeBefore(failing(412, 'PreconditionFailed'))
    expect(await store.putIfAbsent('a', BODY)).toBe('exists')
    expect(methods(server)).toEqual(['PUT'])
  })

  test('asks after a 409 whether the object is there, and says so', async () => {
    const { store, server } = await storeBefore((request, response) => {
      if (request.method === 'HEAD') response.end()
      else failing(409, 'ConditionalRequestConflict')(request, response)
    })
    expect(await store.putIfAbsent('a', BODY)).toBe('exists')
    expect(methods(server)).toEqual(['PUT', 'HEAD'])
  })

  test('does not say "exists" after a 409 when nothing is there', async () => {
    const { store, server } = await storeBefore((request, response) => {
      const answer = request.method === 'HEAD' ? failing(404, 'NotFound') : failing(409, 'ConditionalRequestConflict')
      answer(request, response)
    })
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    expect(methods(server)).toEqual(['PUT', 'HEAD'])
  })

  test.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [502, 'BadGateway'],
  ])(
    // biome-ignore format: table
    'is not sent again after %s: its outcome is unknown',
    async (status, code) => {
      const { store, server } = await storeBefore(failing(status, code))
      await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
      expect(methods(server)).toEqual(['PUT'])
    },
  )

  test('is not sent again when the connection breaks before the answer', async () => {
    const { store, server } = await storeBefore((_, response) => response.destroy())
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
    expect(methods(server)).toEqual(['PUT'])
  })

  test('is given up, outcome unknown, when no answer comes in time', async () => {
    const { store, server } = await storeBefore(
      ({ method }, response) => {
        if (method === 'GET') response.end('x')
      },
      { requestTimeoutMs: 200 },
    )
    // With a connection that stands, the write is on its way before its time can be over, however busy the machine.
    await store.get('a').catch(() => {})
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
    await expect.poll(() => methods(server)).toContain('PUT')
    expect(methods(server).slice(methods(server).indexOf('PUT'))).toEqual(['PUT'])
  })

  test('says that a store without conditional writes will not do', async () => {
    const { store } = await storeBefore(failing(501, 'NotImplemented'))
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_NO_CONDITIONAL_PUT' })
  })
})

describe('a plain write or read', () => {
  test(`is tried ${S3_ATTEMPTS_MAX} times while the store answers 500`, async () => {
    const { store, server } = await storeBefore(failing(500, 'InternalError'))
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    await expect(store.put('a', BODY)).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    expect(methods(server)).toEqual([...Array(S3_ATTEMPTS_MAX).fill('GET'), ...Array(S3_ATTEMPTS_MAX).fill('PUT')])
  })

  test('succeeds when a later try does', async () => {
    let asked = 0
    const { store } = await storeBefore((request, response) => {
      if (++asked === 1) failing(503, 'SlowDown')(request, response)
      else response.end('late')
    })
    expect(Buffer.from((await store.get('a')) ?? []).toString()).toBe('late')
  })

  test('never takes a body that was cut short for the object', async () => {
    const { store } = await storeBefore((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x'.repeat(50), () => response.destroy())
    })
    await expect(store.get('a')).rejects.toMatchObject({ retryable: true })
  })

  test('never takes a chunked body that breaks off for the object', async () => {
    const { store } = await storeBefore((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).write('x'.repeat(50), () => response.destroy())
    })
    await expect(store.get('a')).rejects.toMatchObject({ retryable: true })
  })

  test('takes a body whose length was not told', async () => {
    const { store } = await storeBefore((_, response) => {
      const chunked = response.writeHead(200, { 'transfer-encoding': 'chunked' })
      chunked.write('x'.repeat(50), () => chunked.end('y'.repeat(500)))
    })
    expect(Buffer.from((await store.get('a')) ?? []).toString()).toBe('x'.repeat(50) + 'y'.repeat(500))
  })

  test('gives up on a body that stops coming', async () => {
    const { store } = await storeBefore(
      (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('x'.repeat(50)),
      { silenceTimeoutMs: 200 },
    )
    await expect(store.get('a')).rejects.toMatchObject({ retryable: true })
  })
})

describe('a failure', () => {
  test.each([
    [403, 'InvalidAccessKeyId', 'STORE_AUTH_FAILED', /AWS_ACCESS_KEY_ID/],
    [403, 'SignatureDoesNotMatch', 'STORE_AUTH_FAILED', /AWS_SECRET_ACCESS_KEY/],
    [400, 'ExpiredToken', 'STORE_AUTH_FAILED', /credentials are refused/],
    [403, 'AccessDenied', 'STORE_AUTH_FAILED', /access is denied/],
    [403, 'RequestTimeTooSkewed', 'STORE_AUTH_FAILED', /clock/],
    [404, 'NoSuchBucket', 'STORE_BUCKET_MISSING', /tickerlake init/],
    [507, 'XMinioStorageFull', 'STORE_FULL', /no space/],
    [507, 'Whatever', 'STORE_FULL', /no space/],
    [301, 'PermanentRedirect', 'STORE_FAILED', /AWS_REGION/],
    [400, 'InvalidArgument', 'STORE_FAILED', /answered 400 InvalidArgument: it is so/],
  ])('%s %s is %s', async (status, answered, code, advice) => {
    const { store, server } = await storeBefore(failing(status, answered))
    const error = await store.put('a', BODY).catch((caught) => caught)
    expect(error).toMatchObject({ code, retryable: false, message: expect.stringMatching(advice) })
    expect(error.message).toMatch(`could not write a in bucket bucket at ${server.url}`)
    expect(JSON.stringify([error.message, error.fields])).not.toMatch(/nobody/)
  })

  test('to reach anything names the endpoint', async () => {
    const store = openS3Store({ url: 's3://bucket', endpoint: NOBODY, ...KEYS })
    const error = await store.get('a').catch((caught) => caught)
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
    expect(error.message).toMatch(`bucket bucket at ${NOBODY}: no answer (ECONNREFUSED`)
    expect(error.message).not.toMatch(/nobody/)
  })

  test('shows no password that the endpoint carries', async () => {
    const endpoint = NOBODY.replace('//', `//someone:${SECRET}@`)
    const error = await openS3Store({ url: 's3://bucket', endpoint, ...KEYS })
      .get('a')
      .catch((caught) => caught)
    expect(error.message).toContain('at http://someone:...@127.0.0.1:')
    expect(JSON.stringify(error.fields)).not.toMatch(/nobody/)
    const odd = () => openS3Store({ url: 's3://bucket', endpoint: endpoint.replace('http', 'odd'), ...KEYS })
    expect(odd).toThrow(/not 'odd:\/\/someone:\.\.\.@/)
  })

  test('of a listing is one of its pages, and is not taken for its end', async () => {
    let asked = 0
    const { store } = await storeBefore((request, response) => {
      if (++asked > 1) return failing(403, 'AccessDenied')(request, response)
      const object =
        '<Contents><Key>lake/a</Key><Size>1</Size><LastModified>2026-01-02T03:04:05Z</LastModified></Contents>'
      const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'
      response.end(`<?xml version="1.0"?><ListBucketResult>${object}${more}</ListBucketResult>`)
    })
    const keys: string[] = []
    const listing = async () => {
      for await (const info of store.list('')) keys.push(info.key)
    }
    await expect(listing()).rejects.toMatchObject({ code: 'STORE_AUTH_FAILED' })
    expect(keys).toEqual(['a'])
  })
})
