import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '#support/temporary_folder'

/** Looks three times at its stdout, and says on stderr what it saw. */
const LOOKS = `
  import { writeSync } from 'node:fs'
  import { pipeLook } from '#runtime/console/pipe_reader'
  process.stdout
  const hasReaderLeft = pipeLook(1)
  if (process.env.FILLED) fill()
  console.error(hasReaderLeft(), hasReaderLeft(), hasReaderLeft())
  function fill() {
    try {
      for (;;) writeSync(1, 'x'.repeat(4096))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
`

const LOOK = '"$NODE" --input-type=module -e "$LOOKS"'

/** What the looks say in a shell's line. In it `$MEET` is a named pipe, by which processes wait for each other. */
function looked(line: string, env: NodeJS.ProcessEnv = {}): string {
  const MEET = join(temporaryFolder(), 'meet')
  const all = { PATH: process.env.PATH, NODE: process.execPath, LOOKS, MEET, ...env }
  const { stderr } = spawnSync('/bin/sh', ['-c', `mkfifo "$MEET"; ${line}`], { env: all })
  return String(stderr).trim()
}

/** The reader has ended before the looks begin: with it end the pipe that it reads and the one that is waited for. */
const READER_LEAVES = `{ cat "$MEET"; ${LOOK}; } | true 3> "$MEET"`
/** The reader reads nothing, and is there until the looks are over. */
const READER_STAYS = `${LOOK} 3> "$MEET" | cat "$MEET"`

test('a reader that left is missed by no look of hundreds, though the process is held up at some of them', () => {
  const looks = `
    import { pipeLook } from '#runtime/console/pipe_reader'
    const look = pipeLook(1)
    let missed = 0
    for (let i = 0; i < 500; i++) if (!look()) missed++
    console.error(missed)`
  expect(looked(READER_LEAVES, { LOOKS: looks })).toBe('0')
})

test('a pipe whose reader left says so, at every look and without a word of its own', () => {
  expect(looked(READER_LEAVES)).toBe('true true true')
})

test.each([
  ['a pipe with a reader', READER_STAYS, {}],
  ['a full pipe whose reader is slow', READER_STAYS, { FILLED: '1' }],
  ['a file', `${LOOK} > /dev/null`, {}],
])('%s does not', (_what, line, env) => {
  expect(looked(line, env)).toBe('false false false')
})
