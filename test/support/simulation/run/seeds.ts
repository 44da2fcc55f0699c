// Which seeds a test run simulates: the usual ones, more of them, or a single one that failed.

const SEEDS_DEFAULT = 2_000

/** TEST_SIMULATION_SEEDS: how many. TEST_SIMULATION_SEED: this one only. */
export function seedsToRun(env: Readonly<Record<string, string | undefined>>): number[] {
  if (env.TEST_SIMULATION_SEED !== undefined) return [wholeNumber('TEST_SIMULATION_SEED', env.TEST_SIMULATION_SEED)]
  const count = env.TEST_SIMULATION_SEEDS
  const seeds = count === undefined ? SEEDS_DEFAULT : wholeNumber('TEST_SIMULATION_SEEDS', count)
  return Array.from({ length: seeds }, (_, index) => index + 1)
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} must be a whole number, not ${text}`)
  return Number(text)
}
