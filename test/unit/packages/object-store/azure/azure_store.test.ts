// The Azure store before a server of ours that misbehaves: what each answer means, and how often it is asked.

import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type AzureStore, openAzureStore } from '#object-store/azure/azure_store'
import { AZURE_ATTEMPTS_MAX, type AzureLimits } from '#object-store/azure/clients'
import { azureError } from '#object-store/azure/errors'
import { UPLOAD_PART_BYTES } from '#object-store/parts'
import { type ScriptedServer, type SeenRequest, scriptedServer } from '#support/scripted_server'
import { NOBODY } from '#support/services/reach'
import { startProgram } from '#support/start_tickerlake'

const KEY = Buffer.from('a key that nobody may see, of some length').toString('base64')
const BODY = new TextEncoder().encode('the body')

type Answer = (request: SeenRequest, response: ServerResponse) => void

async function storeBefore(
  answer: Answer,
  limits: AzureLimits = {},
): Promise<{ store: AzureStore; server: ScriptedServer }> {
  const server = await scriptedServer(answer)
  const url = `${server.url}/account/container/lake`
  return { server, store: await openAzureStore({ url, key: KEY, limits }) }
}

/** An error as Azure writes it; HEAD answers have no body, so the code is in a header too. */
function failing(status: number, code: string): Answer {
  return (request, response) => {
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>it is so\nRequestId:1</Message></Error>`
    const headers = { 'content-type': 'application/xml', 'x-ms-error-code': code }
    response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : xml)
  }
}

const created: Answer = (_, response) => void response.writeHead(201).end()
/** Answers every read, also one that is tried again, and no write. */
const getsAlone: Answer = ({ method }, response) => {
  if (method === 'GET') response.writeHead(200, { etag: '1', 'content-length': '1' }).end('x')
}
const methods = (server: ScriptedServer) => server.requests.map((request) => request.method)

describe('a conditional write', () => {
  test('sends one Put Blob with If-None-Match to the path of the object', async () => {
    const { store, server } = await storeBefore(created)
    expect(await store.putIfAbsent('log/0.json', BODY)).toBe('created')
    const [request, ...others] = server.requests
    expect(others).toEqual([])
    const headers = { 'if-none-match': '*', 'content-length': '8', 'x-ms-blob-type': 'BlockBlob' }
    expect(request).toMatchObject({ method: 'PUT', url: '/account/container/lake/log/0.json', headers })
    expect(request?.body.toString()).toBe('the body')
  })

  test('is never a list of blocks, however large', async () => {
    const { store, server } = await storeBefore(created)
    expect(await store.putIfAbsent('log/0.json', new Uint8Array(9 * 1024 * 1024))).toBe('created')
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PUT /account/container/lake/log/0.json',
    ])
  })

  test.each([
    [412, 'ConditionNotMet'],
    [409, 'BlobAlreadyExists'],
  ])('takes %s %s for "exists"', async (status, code) => {
    const { store, server } = await storeBefore(failing(status, code))
    expect(await store.putIfAbsent('a', BODY)).toBe('exists')
    expect(methods(server)).toEqual(['PUT'])
  })

  test.each([
    [409, 'ContainerBeingDeleted'],
    [409, 'ResourceTypeMismatch'],
    [409, 'BlobImmutableDueToPolicy'],
    [500, 'InternalError'],
    [500, 'OperationTimedOut'],
    [503, 'ServerBusy'],
  ])('does not take %s %s for "exists", nor tries again', async (status, code) => {
    const { store, server } = await storeBefore(failing(status, code))
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    expect(methods(server)).toEqual(['PUT'])
  })

  test('is not sent again when the connection breaks before the answer', async () => {
    const { store, server } = await storeBefore((_, response) => response.destroy())
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
    expect(methods(server)).toEqual(['PUT'])
  })

  test.each([{ requestTimeoutMs: 200 }, { silenceTimeoutMs: 200 }])(
    'is given up, outcome unknown, when no answer comes in time: %j',
    async (limits) => {
      const { store, server } = await storeBefore(getsAlone, limits)
      // With a connection that stands, the write is on its way before its time can be over, however busy the machine.
      await store.get('a').catch(() => {})
      await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
      await expect.poll(() => methods(server)).toContain('PUT')
      expect(methods(server).slice(methods(server).indexOf('PUT'))).toEqual(['PUT'])
    },
  )
})

describe('an object out of parts', () => {
  async function* parts(count: number) {
    for (let i = 0; i < count; i++) yield new Uint8Array(UPLOAD_PART_BYTES).fill(i)
  }

  test('is blocks of names that no other upload has, and one list with If-None-Match', async () => {
    const { store, server } = await storeBefore(created)
    expect(await store.putPartsIfAbsent('a', parts(3))).toBe('created')
    const blocks = server.requests.filter(({ url }) => url.includes('comp=block&'))
    const lists = server.requests.filter(({ url }) => url.includes('comp=blocklist'))
    expect(blocks.map(({ body }) => body.byteLength)).toEqual([UPLOAD_PART_BYTES, UPLOAD_PART_BYTES, UPLOAD_PART_BYTES])
    expect(lists).toHaveLength(1)
    expect(lists[0]).toMatchObject({ headers: { 'if-none-match': '*' } })
    const ids = [...(lists[0]?.body.toString() ?? '').matchAll(/<Latest>([^<]*)</g)].map(([, id = '']) => id)
    const idOf = ({ url }: SeenRequest) => new URL(url, 'http://x').searchParams.get('blockid')
    expect(blocks.toSorted((a, b) => (a.body[0] ?? 0) - (b.body[0] ?? 0)).map(idOf)).toEqual(ids)
    await store.putPartsIfAbsent('a', parts(3))
    expect(new Set(server.requests.map(({ url }) => url)).size).toBe(7)
  })

  test('commits its list once: a lost answer is an unknown outcome', async () => {
    const { store, server } = await storeBefore((request, response) => {
      if (request.url.includes('comp=blocklist')) response.destroy()
      else created(request, response)
    })
    await expect(store.putPartsIfAbsent('a', parts(2))).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(server.requests.filter(({ url }) => url.includes('comp=blocklist'))).toHaveLength(1)
  })

  test('tries a block again, which nobody can see', async () => {
    let asked = 0
    const { store } = await storeBefore((request, response) => {
      if (request.url.includes('comp=block&') && ++asked === 1) failing(503, 'ServerBusy')(request, response)
      else created(request, response)
    })
    expect(await store.putPartsIfAbsent('a', parts(2))).toBe('created')
  })

  test('exists when another upload took its blocks away', async () => {
    const { store } = await storeBefore((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { etag: '1', 'content-length': '5' }).end()
      else if (request.url.includes('comp=blocklist')) failing(400, 'InvalidBlockList')(request, response)
      else created(request, response)
    })
    expect(await store.putPartsIfAbsent('a', parts(2))).toBe('exists')
  })
})

describe('a plain write or read', () => {
  test(`is tried ${AZURE_ATTEMPTS_MAX} times while the store answers 503`, async () => {
    const { store, server } = await storeBefore(failing(503, 'ServerBusy'))
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    await expect(store.put('a', BODY)).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    const each = (method: string) => Array(AZURE_ATTEMPTS_MAX).fill(method)
    expect(methods(server)).toEqual([...each('GET'), ...each('PUT')])
  })

  test('succeeds when a later try does, also after a silence', async () => {
    let asked = 0
    const { store } = await storeBefore(
      (_, response) => {
        if (++asked > 1) response.writeHead(200, { etag: '1', 'content-length': '4' }).end('late')
      },
      { silenceTimeoutMs: 200 },
    )
    expect(Buffer.from((await store.get('a')) ?? []).toString()).toBe('late')
  })

  test('never takes a body that was cut short for the object', async () => {
    const { store } = await storeBefore((_, response) => {
      response.writeHead(200, { etag: '1', 'content-length': '100' }).write('x'.repeat(50), () => response.destroy())
    })
    await expect(store.get('a')).rejects.toMatchObject({ retryable: true })
  })

  test('never takes a body of unknown length for the object', async () => {
    const { store } = await storeBefore((_, response) => {
      response
        .writeHead(200, { etag: '1', 'transfer-encoding': 'chunked' })
        .write('x'.repeat(50), () => response.destroy())
    })
    await expect(store.get('a')).rejects.toMatchObject({ retryable: true })
  })

  test('gives up on a body that stops coming', async () => {
    const { store } = await storeBefore(
      (_, response) => void response.writeHead(200, { etag: '1', 'content-length': '100' }).write('x'.repeat(50)),
      { silenceTimeoutMs: 200 },
    )
    await expect(store.get('a')).rejects.toMatchObject({ retryable: true })
  })

  test('gives up on a connection that goes silent when it is used again', async () => {
    const { store } = await storeBefore(getsAlone, { silenceTimeoutMs: 200 })
    expect(await store.get('a')).toHaveLength(1)
    await expect(store.putIfAbsent('a', BODY)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })

  test('waits on a connection that is used again, however short its server keeps idle ones', async () => {
    let asked = 0
    const { store } = await storeBefore((_, response) => {
      const headers = { etag: '1', 'content-length': '1', 'keep-alive': 'timeout=2' }
      const answer = () => void response.writeHead(200, headers).end('x')
      if (++asked === 1) answer()
      else setTimeout(answer, 1_500)
    })
    expect(await store.get('a')).toHaveLength(1)
    expect(await store.get('a')).toHaveLength(1)
    expect(asked).toBe(2)
  })

  test('takes no directory for an object', async () => {
    const headers = { etag: '1', 'content-length': '0', 'x-ms-meta-hdi_isfolder': 'true' }
    const { store } = await storeBefore((request, response) => {
      // There is no range in an object without bytes.
      if (request.headers['x-ms-range'] !== undefined) failing(416, 'InvalidRange')(request, response)
      else response.writeHead(200, headers).end()
    })
    expect(await store.get('folder')).toBeUndefined()
    expect(await store.sizeOf('folder')).toBeUndefined()
    expect(await store.getRange('folder', { offset: 0, length: 1 })).toBeUndefined()
  })

  test('takes the 404 of a server that is no Blob service for a failure, not for an absent object', async () => {
    const noBlobService: Answer[] = [
      (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not Found</html>'),
      failing(404, 'NoSuchKey'),
    ]
    for (const answer of noBlobService) {
      const { store } = await storeBefore(answer)
      const wrong = { code: 'STORE_FAILED', message: expect.stringMatching(/404.*AZURE_STORAGE_ENDPOINT/) }
      await expect(store.get('a')).rejects.toMatchObject(wrong)
      await expect(store.sizeOf('a')).rejects.toMatchObject(wrong)
      await expect(store.getRange('a', { offset: 0, length: 1 })).rejects.toMatchObject(wrong)
      await expect(store.delete('a')).rejects.toMatchObject(wrong)
      await expect(store.put('a', BODY)).rejects.toMatchObject(wrong)
    }
  })

  test.each(['BlobNotFound', 'ResourceNotFound', 'PathNotFound'])('takes 404 %s for an absent object', async (code) => {
    const { store } = await storeBefore(failing(404, code))
    expect(await store.get('a')).toBeUndefined()
    expect(await store.sizeOf('a')).toBeUndefined()
    await store.delete('a')
  })

  test('deletes no directory that holds something', async () => {
    const { store } = await storeBefore(failing(409, 'DirectoryIsNotEmpty'))
    await store.delete('folder')
  })
})

describe('a failure', () => {
  test.each([
    [403, 'AuthenticationFailed', 'STORE_AUTH_FAILED', /AZURE_STORAGE_KEY.*clock/],
    [403, 'AuthorizationFailure', 'STORE_AUTH_FAILED', /firewall/],
    [403, 'AccountIsDisabled', 'STORE_AUTH_FAILED', /access is denied/],
    [401, 'NoAuthenticationInformation', 'STORE_AUTH_FAILED', /credentials are refused/],
    [403, 'KeyBasedAuthenticationNotPermitted', 'STORE_AUTH_FAILED', /takes no key.*use Entra ID/],
    [404, 'ContainerNotFound', 'STORE_BUCKET_MISSING', /tickerlake init/],
    [507, 'Whatever', 'STORE_FULL', /no space/],
    [400, 'InvalidHeaderValue', 'STORE_FAILED', /answered 400 InvalidHeaderValue: it is so$/],
  ])('%s %s is %s', async (status, answered, code, advice) => {
    const { store, server } = await storeBefore(failing(status, answered))
    const error = await store.put('a', BODY).catch((caught) => caught)
    expect(error).toMatchObject({ code, retryable: false, message: expect.stringMatching(advice) })
    expect(error.message).toMatch(`could not write a in container container at ${server.url}/account`)
    expect(JSON.stringify([error.message, error.fields])).not.toContain(KEY)
  })

  test.each([
    ['key', 'AuthenticationFailed', /check AZURE_STORAGE_KEY, and this machine's clock$/],
    ['sas', 'AuthenticationFailed', /check AZURE_STORAGE_SAS_TOKEN \(has it expired\?\), and this machine's clock$/],
    ['entra', 'InvalidAuthenticationInfo', /check that the identity is of the account's tenant, and/],
    ['sas', 'AuthorizationFailure', /check AZURE_STORAGE_SAS_TOKEN .*firewall/],
    [
      'sas',
      'AuthorizationPermissionMismatch',
      /SAS token with the rights to read, add, create, write, delete and list/,
    ],
    ['entra', 'AuthorizationPermissionMismatch', /role Storage Blob Data Contributor/],
  ] as const)('of credentials by %s says what to do about these: %s', (identity, code, advice) => {
    const answered = Object.assign(new Error('it is so'), { statusCode: 403, code })
    const error = azureError(answered, { endpoint: 'https://x', container: 'c', identity, attempt: 'read a' })
    expect(error).toMatchObject({ code: 'STORE_AUTH_FAILED', message: expect.stringMatching(advice) })
  })

  test('to reach anything names the endpoint', async () => {
    const store = await openAzureStore({ url: `${NOBODY}/account/container`, key: KEY })
    const error = await store.get('a').catch((caught) => caught)
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
    expect(error.message).toMatch(`container container at ${NOBODY}/account: no answer (ECONNREFUSED`)
  })

  test('shows no SAS token, nor passes an error on that does', async () => {
    const answers: Answer[] = [failing(403, 'AuthenticationFailed'), (_, response) => response.destroy()]
    for (const answer of answers) {
      const { store, server } = await storeBefore(answer)
      const sasToken = 'sv=2026-01-01&sig=nobody%2Fmay%2Fsee'
      const url = `${server.url}/account/container`
      const held = await openAzureStore({ url, sasToken })
      const error = await held.get('a').catch((caught) => caught)
      expect(server.requests[0]?.url).toContain('sig=nobody')
      expect(error).toBeInstanceOf(Error)
      expect([error.message, JSON.stringify(error.fields), error.stack, String(error.cause)].join()).not.toMatch(
        /nobody/,
      )
      expect(error.cause).toBeUndefined()
      expect(store.url).not.toMatch(/sig/)
    }
  })
})

test('a process ends that has nothing more to ask, whether it was answered or not', async () => {
  const server = await scriptedServer((_, response) => {
    response.writeHead(200, { etag: '1', 'content-length': '1' }).end('x')
  })
  const script = `
    import { openAzureStore } from '#object-store/azure/azure_store'
    for (const host of ['${server.url}', '${NOBODY}']) {
      const store = await openAzureStore({ url: host + '/account/container', key: '${KEY}' })
      await store.get('a').catch((error) => console.log(error.code))
    }
    console.log('done')`
  const child = startProgram(['--input-type=module', '-e', script], {})
  await child.waitForLine(/done/)
  expect(await child.ended).toMatchObject({ code: 0 })
})
