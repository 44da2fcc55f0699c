// Promise: whatever happens to the requests of a commit on Azure storage, a batch is committed once or not at all, and
// its writer knows.

import { beforeAll } from 'vitest'
import { openAzureStore } from '#object-store/azure/azure_store'
import { describeWithAzure, uniqueName } from '#support/services/services'
import { AZURE_ERRORS } from '#support/stores/store_proxy'
import { commitFaults } from './commit_faults.ts'

/** Long enough for a store on a busy machine, short enough to wait for often. */
const REQUEST_TIMEOUT_MS = 800

describeWithAzure('an append on a faulty Azure storage', (azure) => {
  const container = uniqueName('faults')
  const place = `abfss://${container}@${azure.account}.dfs.core.windows.net`
  beforeAll(async () => void (await (await openAzureStore({ url: place, ...azure })).createContainer()))

  commitFaults(() => ({
    endpoint: azure.endpoint,
    errors: AZURE_ERRORS,
    open(folder, proxy) {
      const through = proxy === undefined ? {} : { endpoint: proxy, limits: { requestTimeoutMs: REQUEST_TIMEOUT_MS } }
      return openAzureStore({ url: `${place}/${folder}`, ...azure, ...through })
    },
  }))
})
