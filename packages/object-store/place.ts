// A place for data as users write it: a folder, or `s3://bucket/prefix`. Which kinds of places there are is decided
// here.

import { fileURLToPath } from 'node:url'
import { s3Location } from '#object-store/s3/location'
import { messageOf, PlatformError } from '#runtime/errors'
import { withoutPassword } from '#runtime/shown_value'

/** A place, taken apart. */
export type Place = { readonly kind: 'folder'; readonly path: string } | { readonly kind: 's3' }

/** Two letters at least: one is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/** Reads a place. Throws CONFIG_INVALID when it is none. */
export function placeOf(url: string): Place {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
  if (url === '')
    throw new PlatformError('CONFIG_INVALID', 'the place of the data is empty; name a folder or s3://bucket')
  if (scheme === undefined) return { kind: 'folder', path: url }
  if (scheme === 's3') return { kind: 's3' }
  if (scheme === 'file') return { kind: 'folder', path: pathOf(url) }
  const hint = scheme === 's3a' || scheme === 's3n' ? `; write s3:// in place of ${scheme}://` : ''
  const message = `'${url}' is not a place for data: use s3://bucket/prefix, or a folder${hint}`
  throw new PlatformError('CONFIG_INVALID', message)
}

/** True for a place in a bucket. */
export function isS3Place(url: string): boolean {
  return SCHEME.exec(url)?.[1]?.toLowerCase() === 's3'
}

/** What is wrong with a place, to stand behind the name of its setting; null when nothing is. */
export function placeFault(url: string): string | null {
  try {
    if (placeOf(url).kind === 's3') s3Location(url)
    return null
  } catch (error) {
    return `is wrong: ${withoutPassword(messageOf(error))}`
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new PlatformError('CONFIG_INVALID', `'${url}' names no folder: write file:///the/folder`, { cause })
  }
}
