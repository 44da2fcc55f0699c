// Where an Azure storage account is and who we are.

/** One kind of credentials at most; without any, those of the machine: its identity, or who is logged in with `az`. */
export interface AzureSettings {
  /** Where the account's Blob service answers; unset: where the place says. */
  readonly endpoint?: string | undefined
  /** The account's key. */
  readonly key?: string | undefined
  /** A shared access signature, as the portal and `az` give it. */
  readonly sasToken?: string | undefined
  readonly tenantId?: string | undefined
  /** Of the application, or of the machine's identity when it has several. */
  readonly clientId?: string | undefined
  /** Of an application of Entra ID. */
  readonly clientSecret?: string | undefined
  /** The file in which Kubernetes keeps the token of a workload. */
  readonly federatedTokenFile?: string | undefined
  /** Where Entra ID answers; unset: in the public cloud. */
  readonly authorityHost?: string | undefined
}

/** Each is one kind of credentials. */
const KINDS = {
  key: 'AZURE_STORAGE_KEY',
  sasToken: 'AZURE_STORAGE_SAS_TOKEN',
  clientSecret: 'AZURE_CLIENT_SECRET',
  federatedTokenFile: 'AZURE_FEDERATED_TOKEN_FILE',
} as const

/** What is wrong with the credentials as a whole, by the names of their settings; null when nothing is. */
export function azureCredentialsFault(settings: Omit<AzureSettings, 'endpoint' | 'authorityHost'>): string | null {
  const given = Object.entries(KINDS).flatMap(([field, name]) => (settings[field as keyof typeof KINDS] ? [name] : []))
  if (given.length > 1) return `${given.join(' and ')} are set, but only one of them may be: each says who we are`
  const [kind] = given
  if (kind !== KINDS.clientSecret && kind !== KINDS.federatedTokenFile) return null
  const missing = [...(settings.tenantId ? [] : ['AZURE_TENANT_ID']), ...(settings.clientId ? [] : ['AZURE_CLIENT_ID'])]
  return missing.length === 0 ? null : `${missing.join(' and ')} must be set too, since ${kind} is`
}
