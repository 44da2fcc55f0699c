// The viewer's own choices, kept by the browser. A browser that keeps nothing, or has something odd, is no failure.

const PREFIX = 'tickerlake.'

/** The choice of that name, when it is one of these; else the first of them. */
export function keptChoice<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
  const text = attempt(() => localStorage.getItem(PREFIX + name))
  return choices.find((choice) => choice === text) ?? choices[0]
}

/** The number of that name, when it is within these; else the usual one. */
export function keptNumber(name: string, { min, max, usual }: { min: number; max: number; usual: number }): number {
  const number = Number(attempt(() => localStorage.getItem(PREFIX + name)) ?? Number.NaN)
  return number >= min && number <= max ? number : usual
}

/** Keeps a choice. */
export function keepChoice(name: string, choice: string): void {
  attempt(() => localStorage.setItem(PREFIX + name, choice))
}

function attempt<T>(storage: () => T): T | undefined {
  try {
    return storage()
  } catch {
    return undefined
  }
}
