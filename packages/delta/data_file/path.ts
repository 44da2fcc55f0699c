// Paths of the log: URIs, relative to the table's root or absolute. An absolute one that leads below the root names the
// same object as a relative one, so both have one canonical form; but a log is written with the path that it has, since
// other engines tell the two apart. Source: PROTOCOL.md, Add File and Remove File; RFC 2396.

import { PlatformError } from '#runtime/errors'

/** Where a file is: an object of the table's own store, or somewhere of its own. */
export type FileLocation =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'absolute'; readonly url: string }

/**
 * Reads a path of the log of the table at `root`, which is its store's url. Throws TABLE_CORRUPT when it is malformed
 * or leaves the table's folder.
 */
export function fileLocation(path: string, root: string): FileLocation {
  const below = belowRoot(path, root)
  if (below === undefined) return { kind: 'absolute', url: path }
  const key = decoded(below)
  if (key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new PlatformError('TABLE_CORRUPT', `the log names a file outside the table's folder: ${path}`)
  }
  return { kind: 'key', key }
}

/** The key of a file of the table. Throws as fileLocation does, and TABLE_UNSUPPORTED for a file that is elsewhere. */
export function objectKeyOf(path: string, root: string): string {
  const location = fileLocation(path, root)
  if (location.kind === 'key') return location.key
  const what = `the log of ${root} names a file outside the table's folder by an absolute path: ${path}`
  const advice = 'a shallow clone does that; make a deep clone of it, or a table of its own from its rows'
  throw new PlatformError('TABLE_UNSUPPORTED', `${what}; ${advice}`, { fields: { table: root, path } })
}

/** What the log names, and what is there instead. */
export interface NotAsLogged {
  /** A file unless told otherwise. */
  readonly what?: 'file' | 'deletion vector'
  readonly path: string
  /** Given for a file of another size than the log says; undefined when it is not there. */
  readonly bytes?: { readonly found: number | undefined; readonly logged: number }
}

/** The failure of reading what the log of a table names, by its url or name: it is not there, or of another size. */
export function notAsLogged(table: string, { what = 'file', path, bytes }: NotAsLogged): PlatformError {
  const found =
    bytes?.found === undefined ? 'it is not there' : `it has ${bytes.found} bytes instead of ${bytes.logged}`
  const fact = `the Delta log of ${table} names the ${what} ${path}, but ${found}`
  const advice = 'if a vacuum has deleted it, read a newer version; else restore it from a backup'
  return new PlatformError('TABLE_CORRUPT', `${fact}; ${advice}`, { fields: { table, file: path } })
}

/** The path that a file of the table at `root` is known by, however a commit spells it; a path of the log, too. */
export function canonicalPath(path: string, root: string): string {
  if (PLAIN.test(path)) return path
  const below = belowRoot(path, root)
  if (below === undefined) return withoutScheme(path)
  try {
    return below.split('/').map(encoded).join('/')
  } catch {
    // Malformed: whoever wants the file is told.
    return below
  }
}

/** Whether it is no path below the table's root by its form alone. */
export function isAbsolute(path: string): boolean {
  return ABSOLUTE.test(path)
}

const ABSOLUTE = /^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)/

/** Relative, and without anything that could be written in another way. */
const PLAIN = /^[A-Za-z0-9._=-]+(?:\/[A-Za-z0-9._=-]+)*$/

/** The path from the root on, still encoded; undefined when it leads elsewhere. */
function belowRoot(path: string, root: string): string | undefined {
  if (!isAbsolute(path)) return path
  const segments = withoutScheme(path).split('/')
  const above = root.split('/')
  if (segments.length <= above.length) return undefined
  const isBelow = above.every((segment, depth) => segment === decodedOrNot(segments[depth] ?? ''))
  return isBelow ? segments.slice(above.length).join('/') : undefined
}

/** Local paths are written with and without their scheme, and S3 has three names for one. */
function withoutScheme(path: string): string {
  if (path.startsWith('file:')) return path.replace(/^file:\/*/, '/')
  return path.replace(/^s3[an]:\/\//, 's3://')
}

function encoded(segment: string): string {
  return encodeURIComponent(decodeURIComponent(segment)).replaceAll('%3D', '=')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new PlatformError('TABLE_CORRUPT', `the log names a file by a malformed path: ${path}`, { cause })
  }
}

function decodedOrNot(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
