import { expect, test } from 'vitest'
import { STALL_CHECK_MS, STALL_MIN_MS, stallTurns } from '#runtime/stall_watch'
import type { EpochMs } from '#runtime/units'
import { startProgram } from '#support/start_tickerlake'

/** What the watch says of a process that stood still, and of a machine that slept. */
function heldUpLines(): readonly string[] {
  const lines: string[] = []
  let [monotonicMs, wallMs] = [0, 0]
  const turn = stallTurns({
    service: 'tickerlake start',
    clock: { now: () => wallMs as EpochMs },
    monotonic: () => monotonicMs,
    logger: { warn: (_: unknown, text?: string) => void lines.push(String(text)) },
  })
  const stoodStillMs = STALL_CHECK_MS + STALL_MIN_MS
  monotonicMs += stoodStillMs
  wallMs += stoodStillMs + STALL_MIN_MS
  turn()
  return lines
}

test('that the machine held a process up is none of its lines, but can be waited for', async () => {
  const heldUp = heldUpLines()
  expect(heldUp).toHaveLength(2)
  const said = [...heldUp, 'its own'].map((line) => `WARN: ${line}`)
  const child = startProgram(['-e', `console.log(${JSON.stringify(said.join('\n'))})`], {})
  for (const line of heldUp) expect(await child.waitForLine(new RegExp(line.slice(0, 30)))).toContain(line)
  expect(await child.ended).toEqual({ code: 0, signal: null })
  expect(child.stdout).toEqual(['WARN: its own'])
})
