// Counts as people read them: `1 file`, `1,204 files`.

/** The count with commas between its thousands. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** The count with its noun, a singular whose plural is regular. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : `${noun.replace(/(?<=[^aeiou])y$/, 'ie')}s`}`
}
