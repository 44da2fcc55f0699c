// A store that is reached over a network, as suites see it that hold for every kind of them: one body, called with S3
// and with Azure. The test file itself calls describeWithS3 and describeWithAzure, so that the services are started.

import type { ObjectStore } from '#object-store/object_store'
import { createStoreRoot, openObjectStore, type StoreSettings } from '#object-store/open'
import type { Env } from '#runtime/settings'
import type { AzureAddress, S3Address } from '#support/services/addresses'
import { uniqueName } from '#support/services/services'

/** A kind of remote store. */
export interface RemoteStore {
  readonly kind: 'S3' | 'Azure'
  /** How stores of it are opened, here and in processes of their own. */
  readonly settings: StoreSettings
  readonly endpoint: string
  /** The settings of whoever reaches it at another address, such as a proxy's. */
  settingsAt(endpoint: string): StoreSettings
  /** The same as settings of the platform. */
  readonly env: Env
  /** Makes a bucket or container that no other test uses; gives its URL. */
  newRoot(name: string): Promise<string>
  open(url: string): Promise<ObjectStore>
}

/** For folders, which need no settings. */
export const NO_REMOTE: StoreSettings = { s3: { region: '' }, azure: {} }

/** The run's S3 store. */
export function remoteS3(s3: S3Address): RemoteStore {
  const env = {
    S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
  }
  const settingsAt = (endpoint: string) => ({ ...NO_REMOTE, s3: { ...s3, endpoint } })
  return remote({ kind: 'S3', endpoint: s3.endpoint, settingsAt, env, urlOf: (name) => `s3://${name}` })
}

/** The run's Azure storage, named as engines name it. */
export function remoteAzure({ endpoint, account, key }: AzureAddress): RemoteStore {
  const settingsAt = (at: string) => ({ ...NO_REMOTE, azure: { endpoint: at, key } })
  const env = { AZURE_STORAGE_ENDPOINT: endpoint, AZURE_STORAGE_KEY: key }
  const urlOf = (name: string) => `abfss://${name}@${account}.dfs.core.windows.net`
  return remote({ kind: 'Azure', endpoint, settingsAt, env, urlOf })
}

interface Parts extends Pick<RemoteStore, 'kind' | 'endpoint' | 'settingsAt' | 'env'> {
  urlOf(name: string): string
}

function remote({ urlOf, ...parts }: Parts): RemoteStore {
  const settings = parts.settingsAt(parts.endpoint)
  return {
    ...parts,
    settings,
    async newRoot(name) {
      const url = urlOf(uniqueName(name))
      await createStoreRoot(url, settings)
      return url
    },
    open: (url) => openObjectStore(url, settings),
  }
}
