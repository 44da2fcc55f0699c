// Partition values as the log writes them. They are read from the log only, never from a path. Source: PROTOCOL.md,
// Partition Value Serialization; docs/delta.md, What our tables are.

import type { AddFile } from '#delta/log/actions'

/** What the log says of a file's partition column: null when it is null, empty or absent. */
export function partitionValue(file: AddFile, column: string): string | null {
  // A foreign log may have a number or a flag where a text belongs.
  const text = String(file.partitionValues[column] ?? '')
  return text === '' ? null : text
}
