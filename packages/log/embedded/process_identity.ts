// Whether the process behind a member still lives, so that a restart after kill -9 need not wait for a timeout. Asked
// only for members of the same host; a process id that was given again, as in a container, is told apart by the token.

import { randomUUID } from 'node:crypto'
import { isProcessRunning } from '#runtime/processes/is_running'

/** Names this run of this process. */
export const PROCESS_TOKEN = randomUUID()

/** False only when the process is certainly gone. */
export function isProcessAlive(processId: number, token: string): boolean {
  return processId === process.pid ? token === PROCESS_TOKEN : isProcessRunning(processId)
}
