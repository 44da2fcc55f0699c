// Objects in a container of an Azure storage account, by its Blob service alone: a hierarchical account may not have
// one file written by two services. Invariant: putIfAbsent sends one Put Blob with If-None-Match, once, and says
// 'created' or 'exists' only when the service did.

import { randomBytes } from 'node:crypto'
import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { type AzureClients, type AzureLimits, openAzureClients } from '#object-store/azure/clients'
import { type AzureRequest, azureError, failureOf } from '#object-store/azure/errors'
import { isFolderMark, listContainer } from '#object-store/azure/listing'
import { type AzureLocation, azureLocation } from '#object-store/azure/location'
import type { AzureSettings } from '#object-store/azure/settings'
import { readBody } from '#object-store/http/body'
import { assertCopyableKey, assertPrefix, assertRange, assertReadableKey, assertWritableKey } from '#object-store/keys'
import type { ByteRange, ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'
import { sendParts, upload } from '#object-store/parts'

/** How to open a container, or a part of one. */
export interface AzureStoreOptions extends AzureSettings {
  /** As `abfss://container@account.dfs.core.windows.net/path`; see location.ts. */
  readonly url: string
  readonly limits?: AzureLimits
}

/** A store in a container. */
export interface AzureStore extends ObjectStore {
  /** Makes the container if it is not there: for `init`, and as often as one likes. */
  createContainer(): Promise<PutOutcome>
}

/**
 * Opens a store in a container. Nothing is sent until the first call. Throws CONFIG_INVALID when the settings are
 * wrong.
 */
export async function openAzureStore(options: AzureStoreOptions): Promise<AzureStore> {
  const at = azureLocation(options.url)
  return new ContainerStore(at, await openAzureClients(at, options, options.limits))
}

const NOT_THERE = new Set(['BlobNotFound', 'ResourceNotFound', 'PathNotFound'])
const PRECONDITION_FAILED = 412
const RANGE_NOT_SATISFIABLE = 416
const IF_ABSENT = { conditions: { ifNoneMatch: '*' } }

class ContainerStore implements AzureStore {
  readonly url: string
  readonly #at: AzureLocation
  readonly #request: Omit<AzureRequest, 'attempt'>
  readonly #retrying: ContainerClient
  readonly #single: ContainerClient

  constructor(at: AzureLocation, clients: AzureClients) {
    this.#at = at
    this.url = at.url
    this.#request = { endpoint: clients.endpoint, container: at.container, identity: clients.identity }
    this.#retrying = clients.retrying
    this.#single = clients.single
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    assertReadableKey(key)
    return this.#read(key)
  }

  async sizeOf(key: string): Promise<number | undefined> {
    assertReadableKey(key)
    try {
      const { contentLength, metadata } = await this.#blob(key).getProperties()
      return isFolderMark(metadata) ? undefined : contentLength
    } catch (error) {
      if (isMissing(error)) return undefined
      throw this.#failed(error, `look for ${key}`)
    }
  }

  async getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
    assertReadableKey(key)
    assertRange(range)
    // Azure has no range without a byte in it.
    return range.length === 0 ? this.#beyondEnd(key) : this.#read(key, range)
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    assertWritableKey(key)
    const blob = this.#blob(key)
    const writing = async (write: () => Promise<unknown>) => {
      try {
        await write()
      } catch (error) {
        throw this.#failed(error, `write ${key}`)
      }
    }
    await upload(once(body), {
      whole: (bytes) => writing(() => blob.upload(bytes, bytes.byteLength)),
      inParts: (parts) => writing(async () => blob.commitBlockList(await this.#stage(key, parts))),
    })
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<PutOutcome> {
    assertWritableKey(key)
    return this.#create(key, body)
  }

  async putPartsIfAbsent(key: string, parts: AsyncIterable<Uint8Array>): Promise<PutOutcome> {
    assertCopyableKey(key)
    return upload(parts, {
      whole: (body) => this.#createWhole(key, body),
      inParts: (blocks) => this.#createOfBlocks(key, blocks),
    })
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ObjectInfo> {
    assertPrefix(prefix)
    try {
      yield* listContainer(this.#retrying, { root: this.#at.prefix, prefix, startAfter })
    } catch (error) {
      throw this.#failed(error, `list ${prefix || 'all'}`)
    }
  }

  async delete(key: string): Promise<void> {
    assertReadableKey(key)
    try {
      await this.#blob(key).delete()
    } catch (error) {
      // What is below a folder is not touched: a folder is no object.
      if (isMissing(error) || failureOf(error).name === 'DirectoryIsNotEmpty') return
      throw this.#failed(error, `delete ${key}`)
    }
  }

  async createContainer(): Promise<PutOutcome> {
    try {
      if (await this.#hasContainer()) return 'exists'
      await this.#retrying.create()
      return 'created'
    } catch (error) {
      if (failureOf(error).name === 'ContainerAlreadyExists') return 'exists'
      throw this.#failed(error, 'make the container')
    }
  }

  /** Asked by a listing: a SAS token of a container gives no right to ask for the container itself. */
  async #hasContainer(): Promise<boolean> {
    try {
      await this.#retrying.listBlobsFlat({ prefix: this.#at.prefix }).byPage({ maxPageSize: 1 }).next()
      return true
    } catch (error) {
      if (failureOf(error).name === 'ContainerNotFound') return false
      throw error
    }
  }

  async #read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    try {
      const answer = await this.#blob(key).download(range?.offset, range?.length)
      const { readableStreamBody: body, contentLength: length } = answer
      const bytes = await readBody({ body, length, store: this.url, key })
      return isFolderMark(answer.metadata) ? undefined : bytes
    } catch (error) {
      if (isMissing(error)) return undefined
      if (range !== undefined && failureOf(error).status === RANGE_NOT_SATISFIABLE) return this.#beyondEnd(key)
      throw this.#failed(error, `read ${key}`)
    }
  }

  /** A directory has no bytes either, but is no object. */
  async #beyondEnd(key: string): Promise<Uint8Array | undefined> {
    return (await this.sizeOf(key)) === undefined ? undefined : new Uint8Array()
  }

  #create(key: string, body: Uint8Array): Promise<PutOutcome> {
    return this.#createdBy(key, () => this.#blob(key, this.#single).upload(body, body.byteLength, IF_ABSENT))
  }

  /** Blocks that an upload left behind when it was broken off stop a Put Blob on Azurite, which says that it exists. */
  async #createWhole(key: string, body: Uint8Array): Promise<PutOutcome> {
    const outcome = await this.#create(key, body)
    if (outcome === 'created' || (await this.sizeOf(key)) !== undefined) return outcome
    return this.#createOfBlocks(key, once(body))
  }

  async #createOfBlocks(key: string, blocks: AsyncIterable<Uint8Array>): Promise<PutOutcome> {
    const ids = await this.#stage(key, blocks)
    return this.#createdBy(key, () => this.#blob(key, this.#single).commitBlockList(ids, IF_ABSENT))
  }

  /** 412 is the condition, 409 BlobAlreadyExists the same in other words; other conflicts are failures. */
  async #createdBy(key: string, write: () => Promise<unknown>): Promise<PutOutcome> {
    try {
      await write()
      return 'created'
    } catch (error) {
      const { name, status } = failureOf(error)
      if (status === PRECONDITION_FAILED || name === 'BlobAlreadyExists') return 'exists'
      // Another upload that was committed meanwhile takes the blocks of all others with it.
      if (name === 'InvalidBlockList' && (await this.sizeOf(key)) !== undefined) return 'exists'
      throw this.#failed(error, `create ${key}`)
    }
  }

  /** Sends the blocks under names that no other upload has. Nothing is there before their list is committed. */
  #stage(key: string, blocks: AsyncIterable<Uint8Array>): Promise<string[]> {
    const uploadId = randomBytes(12).toString('hex')
    return sendParts(blocks, async (block, at) => {
      const id = Buffer.from(`${uploadId}-${String(at).padStart(6, '0')}`).toString('base64')
      try {
        await this.#blob(key).stageBlock(id, block, block.byteLength)
        return id
      } catch (error) {
        throw this.#failed(error, `write a part of ${key}`)
      }
    })
  }

  #blob(key: string, client = this.#retrying): BlockBlobClient {
    return client.getBlockBlobClient(this.#at.prefix + key)
  }

  #failed(error: unknown, attempt: string): unknown {
    return azureError(error, { ...this.#request, attempt })
  }
}

/** Only in Azure's own words: any server says 404, also one that is no Blob service. */
function isMissing(error: unknown): boolean {
  return NOT_THERE.has(failureOf(error).name)
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body
}
