// Whether two folders of this machine are one, or one lies in the other. A folder has many paths: links, mounts, and
// upper case where that does not count. So it is told by its device and its number there.

import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Overlap } from '#table-copy/apart'

/** How two folders lie to each other, by their paths; they need not be there yet. */
export function overlapOfFolders(source: string, target: string): Overlap {
  const [from, to] = [identitiesUpFrom(source), identitiesUpFrom(target)]
  if (from[0] === to[0]) return 'same'
  if (to.includes(`${from[0]}`)) return 'target in source'
  return from.includes(`${to[0]}`) ? 'source in target' : undefined
}

/** What the folder is, and each one above it: links, mounts and upper case lead to one folder by several paths. */
function identitiesUpFrom(path: string): readonly string[] {
  const real = realPathOf(path)
  const above = dirname(real)
  const rest = above === real ? [] : identitiesUpFrom(above)
  const found = statOf(real)
  return [found === undefined ? `${rest[0]}/${basename(real)}` : `${found.dev}:${found.ino}`, ...rest]
}

/** Undefined also where it may not be looked at: the store says why, once it is used. */
function statOf(path: string) {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined
  }
}

/** Without links, as far as the folder is there. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(realPathOf(above), basename(path))
  }
}
