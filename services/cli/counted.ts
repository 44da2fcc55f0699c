// A count and its noun as people read them: `1 file`, `1,204 files`.

/** The count with its noun, a singular that takes an s. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}
