// Listings of accounts with a hierarchical namespace: their directories stand in the listing, and it is not in order of
// the whole key. A small server plays such an account, since Azurite has none.

import { describe, expect, test } from 'vitest'
import { openAzureStore } from '#object-store/azure/azure_store'
import { compareKeys } from '#object-store/keys'
import { scriptedServer } from '#support/scripted_server'

const KEY = Buffer.from('a key of some length, as accounts have').toString('base64')

interface Entry {
  readonly name: string
  readonly isDirectory: boolean
}

/** All files and directories as the account lists them: a directory, what is in it, and then its next neighbour. */
function treeOf(files: readonly string[]): readonly Entry[] {
  const directories = new Set(
    files.flatMap((file) => [...file.matchAll(/\//g)].map(({ index }) => file.slice(0, index))),
  )
  const entries = [
    ...files.map((name) => ({ name, isDirectory: false })),
    ...[...directories].map((name) => ({ name, isDirectory: true })),
  ]
  const inTree = (name: string) => name.replaceAll('/', '\u0001')
  return entries.sort((a, b) => compareKeys(inTree(a.name), inTree(b.name)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function xmlOf({ name, isDirectory }: Entry): string {
  const metadata = isDirectory ? '<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>' : '<Metadata/>'
  const properties =
    '<Creation-Time>Fri, 02 Jan 2026 03:04:05 GMT</Creation-Time>' +
    '<Last-Modified>Fri, 02 Jan 2026 03:04:05 GMT</Last-Modified><Etag>0x1</Etag>' +
    `<Content-Length>${isDirectory ? 0 : 7}</Content-Length><BlobType>BlockBlob</BlobType>`
  return `<Blob><Name>${escaped(name)}</Name><Properties>${properties}</Properties>${metadata}</Blob>`
}

/** The account. Pages hold few entries, so that all is seen to go over their edges. */
async function hierarchicalAccount(files: readonly string[], pageSize = 3) {
  const tree = treeOf(files)
  const server = await scriptedServer(({ url }, response) => {
    const query = new URL(url, 'http://x').searchParams
    const prefix = query.get('prefix') ?? ''
    const from = query.get('startFrom') ?? ''
    const found = tree.filter(({ name }) => name.startsWith(prefix) && name >= from)
    const level = query.get('delimiter') === '/' ? levelOf(found, prefix) : found.map(xmlOf)
    const begin = Number(query.get('marker') ?? 0)
    const end = begin + pageSize
    const next = end < level.length ? `<NextMarker>${end}</NextMarker>` : '<NextMarker/>'
    response.writeHead(200, { 'content-type': 'application/xml' })
    response.end(
      `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://x/" ContainerName="lake">` +
        `<Blobs>${level.slice(begin, end).join('')}</Blobs>${next}</EnumerationResults>`,
    )
  })
  const store = (folder: string) => openAzureStore({ url: `${server.url}/account/lake${folder}`, key: KEY })
  return { store, requests: server.requests }
}

/** One level: files, and directories as prefixes. */
function levelOf(found: readonly Entry[], prefix: string): readonly string[] {
  return found
    .filter(({ name }) => !name.slice(prefix.length).includes('/'))
    .map((entry) => (entry.isDirectory ? `<BlobPrefix><Name>${entry.name}/</Name></BlobPrefix>` : xmlOf(entry)))
}

async function keysOf(listing: AsyncIterable<{ readonly key: string; readonly size: number }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key, size } of listing) {
    expect(size).toBe(7)
    keys.push(key)
  }
  return keys
}

/** `-` and `.` sort before `/`, and `0` after it: the account lists `a/` before all of them. */
const FILES = ['A', 'a-b', 'a.d/x', 'a.txt', 'a/0', 'a/b-c', 'a/b/c', 'a/b=1/x', 'a0', 'b', 'b0/1/2/3', 'z']

describe('a listing of a hierarchical account', () => {
  test('has the files alone, in order of the whole key', async () => {
    const { store } = await hierarchicalAccount(FILES)
    expect(await keysOf((await store('')).list(''))).toEqual(FILES)
    expect(await keysOf((await store('')).list('a'))).toEqual(FILES.filter((key) => key.startsWith('a')))
    expect(await keysOf((await store('/a')).list(''))).toEqual(['0', 'b-c', 'b/c', 'b=1/x'])
  })

  test.each([...FILES, 'a', 'a/', 'a-', 'a/b', 'a/b/', 'a/b/zz', 'b0/1', 'zzz', ''])(
    'goes on after %j',
    async (after) => {
      const { store } = await hierarchicalAccount(FILES)
      expect(await keysOf((await store('')).list('', after))).toEqual(FILES.filter((key) => key > after))
      const below = await keysOf((await store('/a')).list('', after))
      expect(below).toEqual(['0', 'b-c', 'b/c', 'b=1/x'].filter((key) => key > after))
    },
  )

  test('of a folder without folders is one, page by page', async () => {
    const log = Array.from({ length: 7 }, (_, version) => `_delta_log/${String(version).padStart(20, '0')}.json`)
    const { store, requests } = await hierarchicalAccount(log)
    expect(await keysOf((await store('')).list('_delta_log/'))).toEqual(log)
    expect(requests).toHaveLength(3)
  })

  test('goes on after a letter that the account may order otherwise', async () => {
    const { store } = await hierarchicalAccount(['a/\uff01', 'a/😀'])
    expect(await keysOf((await store('')).list('a/', 'a/\uff01'))).toEqual(['a/😀'])
  })

  test('begins where a log is to be read from, not at its past', async () => {
    const log = Array.from({ length: 50 }, (_, version) => `_delta_log/${String(version).padStart(20, '0')}.json`)
    const { store, requests } = await hierarchicalAccount([...log, '_delta_log/_sidecars/x', 'date=1/x'])
    const from = `_delta_log/${String(48).padStart(20, '0')}`
    expect(await keysOf((await store('')).list('_delta_log/', from))).toEqual([
      ...log.slice(48),
      '_delta_log/_sidecars/x',
    ])
    expect(requests.length).toBeLessThan(4)
  })
})
