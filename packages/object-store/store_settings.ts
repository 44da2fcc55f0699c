// The settings of stores that are not on this machine: how each is read, and what they must be together.

import { azureCredentialsFault } from '#object-store/azure/settings'
import type { StoreSettings } from '#object-store/open'
import { formedSetting, missingOf, type SettingsOf, secretSetting, textSetting, webUrlSetting } from '#runtime/settings'

/** How to reach S3 storage. */
const s3Shape = {
  S3_ENDPOINT: webUrlSetting(),
  AWS_ACCESS_KEY_ID: secretSetting(),
  AWS_SECRET_ACCESS_KEY: secretSetting(),
  AWS_REGION: textSetting().default('us-east-1'),
}

/** How to reach Azure storage. The token file of a workload is named by Kubernetes itself. */
const azureShape = {
  AZURE_STORAGE_ENDPOINT: webUrlSetting().refine(
    (url) => url === undefined || !/[?#]/.test(url),
    'must be a URL that ends at its path: a SAS token goes into AZURE_STORAGE_SAS_TOKEN',
  ),
  AZURE_STORAGE_KEY: secretSetting(),
  AZURE_STORAGE_SAS_TOKEN: secretSetting(),
  AZURE_TENANT_ID: formedSetting(/^[A-Za-z0-9.-]+$/, 'must be the id or the domain of a tenant').optional(),
  AZURE_CLIENT_ID: formedSetting(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'must be a client id (a UUID)',
  ).optional(),
  AZURE_CLIENT_SECRET: secretSetting(),
  AZURE_FEDERATED_TOKEN_FILE: textSetting().optional(),
  AZURE_AUTHORITY_HOST: webUrlSetting().refine(
    (url) => url === undefined || url.startsWith('https:'),
    'must be an https:// URL',
  ),
}

/** All of them; each counts only for places of its kind. */
export const storeShape = { ...s3Shape, ...azureShape }

/** The values of all of them. */
export type StoreValues = SettingsOf<typeof storeShape>

/** What is wrong with the keys of S3 as a whole; null when nothing is. Without keys, those of the machine hold. */
export function s3Fault(values: Pick<StoreValues, (typeof S3_KEYS)[number]>): string | null {
  return missingOf(values)
}

/** The settings that s3Fault looks at. */
export const S3_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const

/** The settings that azureFault looks at. */
export const AZURE_CREDENTIALS = [
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_SAS_TOKEN',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_FEDERATED_TOKEN_FILE',
] as const

/** What is wrong with the credentials of Azure as a whole; null when nothing is. Without any, the machine's hold. */
export function azureFault(values: Pick<StoreValues, (typeof AZURE_CREDENTIALS)[number]>): string | null {
  return azureCredentialsFault({
    key: values.AZURE_STORAGE_KEY,
    sasToken: values.AZURE_STORAGE_SAS_TOKEN,
    tenantId: values.AZURE_TENANT_ID,
    clientId: values.AZURE_CLIENT_ID,
    clientSecret: values.AZURE_CLIENT_SECRET,
    federatedTokenFile: values.AZURE_FEDERATED_TOKEN_FILE,
  })
}

/** The same settings as stores take them. */
export function storeSettingsOf(values: StoreValues): StoreSettings {
  return {
    s3: {
      endpoint: values.S3_ENDPOINT,
      region: values.AWS_REGION,
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
    },
    azure: {
      endpoint: values.AZURE_STORAGE_ENDPOINT,
      key: values.AZURE_STORAGE_KEY,
      sasToken: values.AZURE_STORAGE_SAS_TOKEN,
      tenantId: values.AZURE_TENANT_ID,
      clientId: values.AZURE_CLIENT_ID,
      clientSecret: values.AZURE_CLIENT_SECRET,
      federatedTokenFile: values.AZURE_FEDERATED_TOKEN_FILE,
      authorityHost: values.AZURE_AUTHORITY_HOST,
    },
  }
}
