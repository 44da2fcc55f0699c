// Whether a process of this machine runs, by its number. Who runs under that number now is not told.

/** False only when the process is certainly gone. */
export function isProcessRunning(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
