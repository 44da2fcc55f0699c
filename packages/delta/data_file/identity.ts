// The identity of a data file in the log: its path and its deletion vector. The same file with other rows deleted is
// another logical file. Source: PROTOCOL.md, Action Reconciliation.

import { canonicalPath } from '#delta/data_file/path'
import type { AddFile, DeletionVector } from '#delta/log/actions'

/** The identity of a file of the table at `root`: the canonical path, with the id of a deletion vector behind it. */
export function fileIdentity(file: Pick<AddFile, 'path' | 'deletionVector'>, root: string): string {
  const path = canonicalPath(file.path, root)
  return hasVector(file) ? `${path}#${vectorId(file.deletionVector)}` : path
}

/** Whether rows of the file are deleted by a vector. */
export function hasVector<Action extends Pick<AddFile, 'deletionVector'>>(
  action: Action,
): action is Action & { readonly deletionVector: DeletionVector } {
  return action.deletionVector !== undefined && action.deletionVector !== null
}

/** PROTOCOL.md, Deletion Vectors, Derived Fields. */
function vectorId({ storageType, pathOrInlineDv, offset }: DeletionVector): string {
  const id = storageType + pathOrInlineDv
  return offset === undefined || offset === null ? id : `${id}@${offset}`
}
