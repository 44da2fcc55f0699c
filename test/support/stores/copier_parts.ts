// Copiers for tests of leases: each as if it were a process of its own.

import type { Clock } from '#runtime/clock'
import type { Copier, LeaseParts } from '#table-copy/lease'

/** What a copier of this name needs; nobody is known to be gone unless told. */
export function copierParts(id: string, clock: Clock, more: Partial<LeaseParts> = {}): LeaseParts {
  const copier: Copier = { id, host: `host-of-${id}`, machine: undefined, processId: 42 }
  return { copier, isGone: () => false, clock, random: () => 0.5, signal: new AbortController().signal, ...more }
}
