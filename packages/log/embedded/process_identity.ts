// Whether the process behind a member still lives, so that a restart after kill -9 need not wait for a timeout. Asked
// only for members of the same host; a process id that was given again, as in a container, is told apart by the token.

import { randomUUID } from 'node:crypto'

/** Names this run of this process. */
export const PROCESS_TOKEN = randomUUID()

/** False only when the process is certainly gone. */
export function isProcessAlive(processId: number, token: string): boolean {
  if (processId === process.pid) return token === PROCESS_TOKEN
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
