// Who we are to Entra ID: tokens of an application, a workload and a machine. One local server plays the authority and
// the storage, another the machine's metadata service. The SDK wants https, so a process of its own trusts the
// certificate of these tests (test/fixtures/azure), which has no other use.

import { readFileSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AzureLimits } from '#object-store/azure/clients'
import type { AzureSettings } from '#object-store/azure/settings'
import type { Env } from '#runtime/settings'
import { type SeenRequest, scriptedServer } from '#support/scripted_server'
import { NOBODY } from '#support/services/reach'
import { startProgram } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const FIXTURES = join(import.meta.dirname, '../../../../fixtures/azure')
const CERTIFICATE = join(FIXTURES, 'authority_cert.pem')
const TLS = { cert: readFileSync(CERTIFICATE), key: readFileSync(join(FIXTURES, 'authority_key.pem')) }
const IDS = { tenantId: 'tenant', clientId: '00000000-0000-4000-8000-000000000000' }
const SECRET = 'a secret that nobody may see'

type TokenAnswer = (response: ServerResponse) => void

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const givesToken: TokenAnswer = (response) =>
  json(response, 200, { access_token: 'the-token', expires_in: 3600, token_type: 'Bearer' })

/** The authority, and the storage, which answers with the credentials that it was shown. */
function entraAndStorage(answerToken: TokenAnswer) {
  return scriptedServer(({ url, headers }, response) => {
    const base = `https://${headers.host}/tenant`
    if (url.includes('openid-configuration')) {
      const endpoints = { token_endpoint: `${base}/oauth2/v2.0/token`, authorization_endpoint: `${base}/authorize` }
      json(response, 200, { ...endpoints, issuer: `${base}/v2.0`, jwks_uri: `${base}/keys` })
    } else if (url.includes('/oauth2/')) {
      answerToken(response)
    } else {
      const shown = headers.authorization ?? ''
      response.writeHead(200, { etag: '1', 'content-length': shown.length }).end(shown)
    }
  }, TLS)
}

/** Reads an object twice in a process of its own; gives what it printed: the object, or the failure. */
async function readAs(
  settings: AzureSettings & { readonly limits?: AzureLimits },
  place: { readonly storage: string; readonly env?: Env },
): Promise<string> {
  const script = `
    import { openAzureStore } from '#object-store/azure/azure_store'
    const store = await openAzureStore(${JSON.stringify({ ...settings, url: `${place.storage}/account/container` })})
    const read = async () => Buffer.from((await store.get('a')) ?? []).toString()
    const said = await read().then(read).catch((error) => [error.code, error.retryable, error.message].join(' '))
    console.log('said: ' + said)
    process.exit()`
  const child = startProgram(['--input-type=module', '-e', script], { NODE_EXTRA_CA_CERTS: CERTIFICATE, ...place.env })
  return (await child.waitForLine(/^said: /)).slice('said: '.length)
}

const tokenRequests = (requests: readonly SeenRequest[]) => requests.filter(({ url }) => url.includes('/oauth2/'))

test('an application gets a token for its secret, once, and shows it to the storage', async () => {
  const server = await entraAndStorage(givesToken)
  const settings = { ...IDS, clientSecret: SECRET, authorityHost: server.url }
  expect(await readAs(settings, { storage: server.url })).toBe('Bearer the-token')
  expect(tokenRequests(server.requests)).toHaveLength(1)
  const asked = new URLSearchParams(tokenRequests(server.requests)[0]?.body.toString())
  expect(Object.fromEntries(asked)).toMatchObject({
    grant_type: 'client_credentials',
    scope: 'https://storage.azure.com/.default',
    client_id: IDS.clientId,
  })
})

test('a workload gets a token for the one in its file', async () => {
  const server = await entraAndStorage(givesToken)
  const federatedTokenFile = join(temporaryFolder(), 'token')
  writeFileSync(federatedTokenFile, 'the-token-of-kubernetes')
  const settings = { ...IDS, federatedTokenFile, authorityHost: server.url }
  expect(await readAs(settings, { storage: server.url })).toBe('Bearer the-token')
  const seen = tokenRequests(server.requests)[0]
  expect(`${seen?.body} ${seen?.headers.authorization}`).toContain('the-token-of-kubernetes')
})

test.each([
  ['the only one', {}],
  ['one of several', { clientId: IDS.clientId }],
] as const)('a machine gets a token for its identity: %s', async (_, settings) => {
  const storage = await entraAndStorage(givesToken)
  const metadata = await scriptedServer((_request, response) => {
    const body = { access_token: 'of-the-machine', expires_in: '3600', token_type: 'Bearer' }
    json(response, 200, { ...body, resource: 'https://storage.azure.com' })
  })
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: metadata.url }
  expect(await readAs(settings, { storage: storage.url, env })).toBe('Bearer of-the-machine')
  expect(metadata.requests[0]?.headers.metadata).toBe('true')
  const asked = new URL(metadata.requests[0]?.url ?? '', 'http://x').searchParams
  expect(asked.get('client_id')).toBe('clientId' in settings ? settings.clientId : null)
})

test('a refusal says what to check, and shows no secret', async () => {
  const description = "AADSTS7000215: Invalid client secret provided. Ensure it is the secret's value."
  const server = await entraAndStorage((response) =>
    json(response, 401, { error: 'invalid_client', error_description: description }),
  )
  const said = await readAs({ ...IDS, clientSecret: SECRET, authorityHost: server.url }, { storage: server.url })
  expect(said).toMatch(
    /^STORE_AUTH_FAILED false .*AADSTS7000215: Invalid client secret provided.*; check AZURE_TENANT_ID/,
  )
  expect(said).not.toMatch(/nobody|Not Available/)
})

test('an authority that is down, or not there, may be asked again', async () => {
  const server = await entraAndStorage((response) => json(response, 503, { error: 'temporarily_unavailable' }))
  const elsewhere = NOBODY.replace('http:', 'https:')
  for (const authorityHost of [server.url, elsewhere]) {
    const said = await readAs({ ...IDS, clientSecret: SECRET, authorityHost }, { storage: server.url })
    expect(said).toMatch(/^STORE_UNREACHABLE true .*no token came from Entra ID/)
  }
})

test('whoever never gives a token is given up, and may be asked again', async () => {
  const silent = await scriptedServer(() => {}, TLS)
  const metadata = await scriptedServer(() => {})
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'az'), '#!/bin/sh\nsleep 60\n', { mode: 0o755 })
  const ways = [
    { settings: { ...IDS, clientSecret: SECRET, authorityHost: silent.url } },
    { settings: {}, env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: metadata.url } },
    { settings: {}, env: { AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential', PATH: `${folder}:${process.env.PATH}` } },
  ]
  for (const { settings, env = {} } of ways) {
    const said = await readAs({ ...settings, limits: { tokenTimeoutMs: 500 } }, { storage: silent.url, env })
    expect(said).toMatch(/^STORE_UNREACHABLE true .*no token came from Entra ID \(no answer within 0.5 s\)/)
  }
})

test('a workload without its token is told to look at the file', async () => {
  const server = await entraAndStorage(givesToken)
  const empty = join(temporaryFolder(), 'token')
  writeFileSync(empty, '')
  for (const federatedTokenFile of [empty, join(temporaryFolder(), 'nowhere'), temporaryFolder()]) {
    const said = await readAs({ ...IDS, federatedTokenFile, authorityHost: server.url }, { storage: server.url })
    expect(said).toMatch(/^STORE_AUTH_FAILED false .*no token in AZURE_FEDERATED_TOKEN_FILE .*name the file/)
  }
})

test('tokens go over https alone', async () => {
  const { openAzureStore } = await import('#object-store/azure/azure_store')
  const opening = openAzureStore({ url: `${NOBODY}/account/container` })
  await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/https/) })
})
