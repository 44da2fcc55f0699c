// This process as a copier: who it is to others, and whether another one of this machine still lives. A process id
// counts only within its machine and, in containers, within its namespace; where these cannot be told, nobody is known
// to be gone, and leases are watched instead.

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isProcessRunning } from '#runtime/processes/is_running'
import type { Copier } from '#table-copy/lease'

/** This process, under an id of its own. */
export function thisCopier(id: string): Copier {
  return { id, host: hostname(), machine: machineName(), processId: process.pid }
}

/** True only when the holder of a lease was a process of this machine that has ended. */
export function isGone(holder: Copier, us: Copier): boolean {
  if (us.machine === undefined || holder.machine !== us.machine) return false
  // An earlier process that had our id.
  return holder.processId === us.processId ? holder.id !== us.id : !isProcessRunning(holder.processId)
}

/** Linux names each start of a machine, and each namespace of process ids. */
function machineName(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}
