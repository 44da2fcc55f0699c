// Fetches the deletion vectors of files that a query reads: from the log itself, or from files in the table's folder,
// several of them in one. What they delete is read in the child; here they are only cut out and checked.

import { notAsLogged } from '#delta/data_file/path'
import { vectorPlace } from '#delta/deletion_vector/deletion_vector'
import { vectorInFile } from '#delta/deletion_vector/vector_file'
import type { AddFile, DeletionVector } from '#delta/log/actions'
import { SQL_DELETION_BYTES_MAX, SQL_DOWNLOADS_MAX } from '#lake-sql/limits'
import type { FileDeletions } from '#lake-sql/local_table'
import { inParallel } from '#object-store/in_parallel'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'

/**
 * The vectors of those files that have one; `paths` are where the files are on this machine. Throws SQL_LIMIT when they
 * are too large together, TABLE_CORRUPT when one is not there or damaged, and what the store throws.
 */
export async function fileDeletions(
  store: ObjectStore,
  files: readonly AddFile[],
  paths: readonly string[],
): Promise<readonly FileDeletions[]> {
  requireWithin(files)
  const found: FileDeletions[] = []
  const stored = new Map<string, Wanted[]>()
  for (const [i, { deletionVector: vector }] of files.entries()) {
    if (vector === undefined || vector === null) continue
    const wanted = { vector, file: paths[i] as string }
    const place = vectorPlace(vector, store.url)
    if (place.kind === 'inline') {
      found.push(deletionsOf(wanted, place.bytes))
      continue
    }
    const others = stored.get(place.key)
    if (others === undefined) stored.set(place.key, [wanted])
    else others.push(wanted)
  }
  await inParallel(stored, SQL_DOWNLOADS_MAX, async ([key, wanted]) => {
    found.push(...(await deletionsIn(store, key, wanted)))
  })
  return found
}

interface Wanted {
  readonly vector: DeletionVector
  readonly file: string
}

function deletionsOf({ vector, file }: Wanted, bytes: Uint8Array): FileDeletions {
  return { file, vector: Buffer.from(bytes).toString('base64'), cardinality: vector.cardinality }
}

/** The vectors that one file of the store holds. */
async function deletionsIn(store: ObjectStore, key: string, wanted: readonly Wanted[]): Promise<FileDeletions[]> {
  const body = await store.get(key)
  if (body === undefined) throw notAsLogged(store.url, { what: 'deletion vector', path: key })
  return wanted.map((each) => deletionsOf(each, vectorInFile(body, each.vector, { root: store.url, key })))
}

function requireWithin(files: readonly AddFile[]): void {
  const bytes = files.reduce((sum, { deletionVector }) => sum + (deletionVector?.sizeInBytes ?? 0), 0)
  if (bytes <= SQL_DELETION_BYTES_MAX) return
  const megabytes = (size: number) => `${Math.ceil(size / 2 ** 20)} MB`
  const fact = `the files that the query reads have ${megabytes(bytes)} of deletion vectors`
  const advice = 'narrow the query, or let Spark write the files anew (REORG TABLE ... APPLY (PURGE))'
  throw new PlatformError('SQL_LIMIT', `${fact}, and ${megabytes(SQL_DELETION_BYTES_MAX)} is the most; ${advice}`)
}
