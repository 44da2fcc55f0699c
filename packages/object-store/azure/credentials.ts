// Who we are to Azure: the account's key, a SAS token, an application or a workload of Entra ID, or the machine itself.

import type { TokenCredential } from '@azure/identity'
import { AnonymousCredential, type newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob'
import { type AzureSettings, azureCredentialsFault } from '#object-store/azure/settings'
import { PlatformError } from '#runtime/errors'

/** What a client signs its requests with. */
export type AzureCredential = NonNullable<Parameters<typeof newPipeline>[0]>

/** Who we are, for advice: by the account's key, by a SAS token, or by an identity of Entra ID. */
export type AzureIdentityKind = 'key' | 'sas' | 'entra'

/** A SAS token goes into the URL in place of a signature. */
export interface AzureIdentity {
  readonly kind: AzureIdentityKind
  readonly credential: AzureCredential
  readonly sasToken?: string
}

/** Whom the credentials are for. */
export interface AzureAudience {
  readonly account: string
  readonly endpoint: string
  /** Shorter than AZURE_TOKEN_TIMEOUT_MS in tests. */
  readonly tokenTimeoutMs?: number | undefined
}

/** How long a token may take, with all that the SDK tries for it: an authority that is down, three times; `az`. */
export const AZURE_TOKEN_TIMEOUT_MS = 30_000

/** Makes the credentials that the settings name. Throws CONFIG_INVALID when they name two kinds, or half of one. */
export async function credentialOf(
  settings: AzureSettings,
  { account, endpoint, tokenTimeoutMs = AZURE_TOKEN_TIMEOUT_MS }: AzureAudience,
): Promise<AzureIdentity> {
  const fault = azureCredentialsFault(settings)
  if (fault !== null) throw wrong(fault)
  const { key, sasToken } = settings
  if (key) return { kind: 'key', credential: new StorageSharedKeyCredential(account, checkedKey(key)) }
  if (sasToken) return { kind: 'sas', credential: new AnonymousCredential(), sasToken: checkedToken(sasToken) }
  if (!endpoint.startsWith('https:')) {
    throw wrong(`AZURE_STORAGE_KEY must be set for ${endpoint}: tokens of Entra ID go to https:// addresses alone`)
  }
  return { kind: 'entra', credential: inTime(await entraCredential(settings, tokenTimeoutMs), tokenTimeoutMs) }
}

function checkedKey(key: string): string {
  if (/^[A-Za-z0-9+/]{20,}={0,2}$/.test(key)) return key
  throw wrong("AZURE_STORAGE_KEY must be the account's key, in base64, as the portal shows it")
}

function checkedToken(sasToken: string): string {
  const token = sasToken.replace(/^\?/, '')
  if (/^[^\s?]*\bsig=[^\s?]+$/.test(token)) return token
  throw wrong('AZURE_STORAGE_SAS_TOKEN must be a SAS token such as sv=...&sig=..., without the URL before it')
}

/** Loaded only here: the SDK of Entra ID is as large as that of the storage. */
async function entraCredential(settings: AzureSettings, processTimeoutInMs: number): Promise<TokenCredential> {
  const { ClientSecretCredential, DefaultAzureCredential, WorkloadIdentityCredential } = await import('@azure/identity')
  const { tenantId = '', clientId = '', clientSecret, federatedTokenFile, authorityHost } = settings
  // Whoever names another authority trusts it: the public cloud is not asked whether it is known there.
  const authority = authorityHost ? { authorityHost, disableInstanceDiscovery: true } : {}
  if (clientSecret) return new ClientSecretCredential(tenantId, clientId, clientSecret, authority)
  if (federatedTokenFile) {
    return new WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath: federatedTokenFile, ...authority })
  }
  const identity = clientId ? { managedIdentityClientId: clientId } : {}
  return new DefaultAzureCredential({ ...authority, ...identity, processTimeoutInMs })
}

/**
 * The same credential, with an end to the waiting for a token: the SDK has none. It hands one answer to all requests
 * that need it, so an authority that never gives one would hold them up for good.
 */
function inTime(credential: TokenCredential, timeoutMs: number): TokenCredential {
  return {
    async getToken(scopes, options) {
      const late = Promise.withResolvers<never>()
      const giveUp = () => late.reject(noToken(`no answer within ${timeoutMs / 1_000} s`))
      const timer = setTimeout(giveUp, timeoutMs)
      try {
        return await Promise.race([credential.getToken(scopes, options), late.promise])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** As the SDK tells it. */
function noToken(why: string): Error {
  return Object.assign(new Error(why), { name: 'AuthenticationError' })
}

function wrong(fault: string): PlatformError {
  return new PlatformError('CONFIG_INVALID', `wrong setting: ${fault}`)
}
