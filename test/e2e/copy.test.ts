// `tickerlake copy` as a user runs it, from folder to folder: going on after kill -9, following a writer that is at
// work, and everything that is refused. Stores that are elsewhere: copy_between_stores.test.ts.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { UNFINISHED_PREFIX } from '#runtime/files/atomic_file'
import type { Env } from '#runtime/settings'
import { type TableVersion, tableVersion } from '#runtime/units'
import { type RunningTickerlake, startShell, startTickerlake } from '#support/start_tickerlake'
import { copy, fill } from '#support/table-copy/copy_command'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'
import { LEASE_KEY } from '#table-copy/lease'
import { COPY_ENTRIES_MAX, LEASE_RELEASE_STOPPED_MAX_MS } from '#table-copy/limits'

const LIVE = ['alerts', 'bars_1m', 'dead_letters', 'late_quotes', 'stocks']

/** What a copier says while it watches another one's lease. */
const WAITING = 'waiting to see whether it still does'

const snapshotAt = (path: string, version?: TableVersion) =>
  loadSnapshot(openFilesystemStore({ root: path }), version === undefined ? {} : { version })

async function versionAt(path: string): Promise<number> {
  return (await snapshotAt(path))?.version ?? -1
}

/** The newest version of each table of a lake in a folder. */
async function versionsIn(lake: string): Promise<Record<string, number>> {
  const versions: Record<string, number> = {}
  const tables = readdirSync(lake).filter((name) => !name.startsWith('_'))
  for (const table of tables) versions[table] = await versionAt(join(lake, table))
  return versions
}

/** The keys of a copy and its source that differ in their bytes, or that one of them lacks. */
function differing(source: string, target: string): readonly string[] {
  const filesOf = (root: string) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED_PREFIX))
      .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
  const all = new Set([...filesOf(source), ...filesOf(target)])
  const bytesOf = (root: string, key: string) => {
    try {
      return readFileSync(join(root, key)).toString('base64')
    } catch {
      return undefined
    }
  }
  return [...all].filter((key) => bytesOf(source, key) !== bytesOf(target, key))
}

describe('a lake in a folder', () => {
  const folder = newFolder()
  const env: Env = { DATA_DIR: folder, LOG_FORMAT: 'json' }
  const lake = () => join(folder, 'lake', 'bronze')
  beforeAll(async () => {
    await fill(env)
    return () => removeFolder(folder)
  })

  test('is copied to the byte, verified, and not copied twice', async () => {
    const target = join(temporaryFolder(), 'copied')
    const first = await copy(env, '--all', target)
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toMatch(/^stocks +version \d+: \d+ commits, \d+ files, .* in [\d.]+ s$/m)
    expect(first.stderr).toMatch(/do not hold the times of commits/)
    for (const table of LIVE) expect(differing(join(lake(), table), join(target, table)), table).toEqual([])
    const again = await copy(env, '--all', target)
    expect(again.stdout.split('\n').filter((line) => !line.endsWith(', nothing new'))).toEqual([])
    expect(again.stderr).toBe('')
    const verified = await copy(env, '--all', '--verify', target)
    expect(verified).toMatchObject({ code: 0, stderr: '' })
    expect(verified.stdout).toMatch(/^stocks +version \d+, .* 2,000 rows: the same$/m)
  })

  test('is told as data', async () => {
    const target = temporaryFolder()
    const { stdout, code } = await copy(env, 'stocks', join(target, 'stocks'), '--json')
    const version = await versionAt(join(lake(), 'stocks'))
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{ table: 'stocks', source: join(lake(), 'stocks'), target: join(target, 'stocks'), from: null, to: version },
        ...{ startedAtCheckpoint: null, entries: version + 1, skippedFiles: 0, inCommitTimestamps: false },
        ...{ files: expect.any(Number), bytes: expect.any(Number), checkpoints: 0, durationMs: expect.any(Number) },
      },
    ])
    const verified = await copy(env, 'stocks', join(target, 'stocks'), '--verify', '--json')
    expect(JSON.parse(verified.stdout)).toEqual([
      expect.objectContaining({ table: 'stocks', version, rows: 2_000, differences: [], differenceCount: 0 }),
    ])
  })

  test('is handed out as a table of its own, once', async () => {
    const target = join(temporaryFolder(), 'handed-out')
    const made = await copy(env, 'stocks', target, '--snapshot', '--version', '3')
    expect(made.code, made.stderr).toBe(0)
    const third = await snapshotAt(join(lake(), 'stocks'), tableVersion(3))
    expect(made.stdout).toMatch(new RegExp(`^stocks +version 3 as a new table: ${third?.files.size} files`))
    expect(await versionAt(target)).toBe(0)
    expect((await copy(env, 'stocks', target, '--snapshot', '--version', '3')).stdout).toMatch(/was handed out before/)
    expect(await copy(env, 'stocks', target, '--snapshot')).toMatchObject({ code: 1 })
  })

  test('that has diverged at the target is refused, and the others are copied', async () => {
    const target = temporaryFolder()
    await copy(env, '--all', target)
    const log = join(target, 'stocks', '_delta_log')
    const newest = readdirSync(log).sort().at(-1) ?? ''
    writeFileSync(join(log, newest), `${readFileSync(join(log, newest), 'utf8')}\n`)
    const { code, stdout, stderr } = await copy(env, '--all', target)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^stocks +failed: version \d+ of the table at .* \[TABLE_CONFLICT\]$/m)
    expect(stdout.match(/nothing new/g)).toHaveLength(7)
    expect(stderr).toBe('tickerlake: 1 table failed (stocks); all others are done [TABLE_CONFLICT]')
    const verified = await copy(env, '--all', '--verify', target)
    expect(verified).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^tickerlake: stocks: .*\[VERIFY_FAILED\]$/),
    })
  })

  test('is never copied into itself', async () => {
    const link = join(temporaryFolder(), 'link')
    symlinkSync(lake(), link)
    const refused: [readonly string[], RegExp][] = [
      [['stocks', join(lake(), 'stocks')], /is the source itself/],
      [['stocks', join(lake(), 'stocks', 'x')], /lies in the source/],
      [['stocks', lake()], /holds the source/],
      [['stocks', join(link, 'stocks')], /is the source itself/],
      [['--all', join(link, 'new', 'folder')], /lies in the source/],
    ]
    for (const [words, said] of refused) {
      expect(await copy(env, ...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
    }
  })

  test('is not made around other tables, nor others in it', async () => {
    const target = temporaryFolder()
    expect(await copy(env, 'stocks', join(target, 'stocks'))).toMatchObject({ code: 0 })
    const around = await copy(env, 'stocks', target)
    expect(around).toMatchObject({ code: 2, stderr: expect.stringMatching(/holds other tables, such as stocks; name/) })
    expect(around.stderr).toContain(`a folder for this one: ${target}/stocks [USAGE]`)
    expect(await copy(env, 'stocks', target, '--snapshot')).toMatchObject({ code: 2 })
    const all = await copy(env, '--all', join(target, 'stocks'))
    expect(all).toMatchObject({ code: 2, stderr: expect.stringMatching(/is a table itself; --all needs a place/) })
    expect(readdirSync(target)).toEqual(['stocks'])
  })

  test('that is none is refused, and nothing is left at the target', async () => {
    const target = join(temporaryFolder(), 'target')
    const nothing = temporaryFolder()
    expect(await copy(env, nothing, target)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/TABLE_NOT_FOUND/),
    })
    const all = await copy(env, '--all', nothing, target)
    expect(all).toMatchObject({ code: 1, stderr: expect.stringMatching(/there are no Delta tables right below/) })
    expect(() => readdirSync(target)).toThrow(/ENOENT/)
  })

  test('that has a name which not every store takes is refused, and the others are copied', async () => {
    const [root, target] = [temporaryFolder(), temporaryFolder()]
    for (const name of ['my stocks', 'stocks', 'übersicht'])
      cpSync(join(lake(), 'stocks'), join(root, name), { recursive: true })
    const { code, stdout, stderr } = await copy(env, '--all', root, target)
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/2 tables failed \(my stocks, übersicht\).*TABLE_UNSUPPORTED/),
    })
    expect(stdout).toMatch(/^my stocks +failed: .* has a name that not every store takes .* copy it by itself/m)
    expect(readdirSync(target)).toEqual(['stocks'])
    const alone = await copy(env, join(root, 'my stocks'), join(target, 'my stocks'))
    expect(alone).toMatchObject({ code: 0, stdout: expect.stringMatching(/^my stocks +version/) })
    expect(differing(join(root, 'my stocks'), join(target, 'my stocks'))).toEqual([])
  })

  test('that cannot be written to its target says so', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    const failed = await copy(env, 'stocks', join(file, 'x'))
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a file is where a folder should be.*STORE_FAILED/),
    })
    const followed = await copy(env, 'stocks', join(file, 'x'), '--follow')
    expect(followed).toMatchObject({ code: 1, stderr: expect.stringMatching(/STORE_FAILED/) })
  })

  test('wrong words and settings end it before anything is opened', async () => {
    expect(await copy(env, 'stocks')).toMatchObject({ code: 2, stderr: expect.stringMatching(/name a TARGET/) })
    expect(await copy(env, 'stock', '/x/y')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no table "stock"/),
    })
    const wrong = { ...env, TARGET_S3_ENDPOINT: 'x', COPY_POLL_MS: '1' }
    const { code, stderr } = await copy(wrong, 'stocks', 's3://bucket/x')
    expect(code).toBe(78)
    expect(stderr).toMatch(/TARGET_S3_ENDPOINT must be .*\n +COPY_POLL_MS must be/)
    const half = await copy({ ...env, TARGET_AWS_ACCESS_KEY_ID: 'x' }, 'stocks', 's3://bucket/x')
    expect(half).toMatchObject({ code: 78, stderr: expect.stringMatching(/TARGET_AWS_SECRET_ACCESS_KEY is missing/) })
    const misspelt = await copy({ ...env, TARGET_S3_ENDPONT: 'http://x' }, 'stocks', join(temporaryFolder(), 'x'))
    expect(misspelt.stderr).toMatch(/TARGET_S3_ENDPONT is not a setting .* did you mean TARGET_S3_ENDPOINT\?/)
  })

  // After the one line of a single table there is none that could fail: it must notice by itself.
  test.each([
    [1, 'stocks'],
    [2, '--all'],
  ])('has a reader that leaves after line %d of %s: it ends without a word', async (lines, what) => {
    const words = `${what} ${join(temporaryFolder(), 'x')} --follow --json`
    const shell = startShell(`$TICKERLAKE copy ${words} | head -n ${lines}`, {
      ...env,
      COPY_POLL_MS: '100',
      LOG_LEVEL: 'error',
    })
    shell.input('')
    expect(await shell.ended).toEqual({ code: 0, signal: null })
    expect(shell.stderr).toEqual([])
    const told = shell.stdout.map((line) => JSON.parse(line).table)
    // Side by side: whichever ends first.
    expect(new Set(told).size).toBe(lines)
    expect(readdirSync(lake())).toEqual(expect.arrayContaining(told))
  })
})

describe('a copy that is killed', () => {
  test('goes on at once when it is started again, and ends as if nothing had happened', async () => {
    const env: Env = { DATA_DIR: temporaryFolder(), LOG_FORMAT: 'json' }
    await fill(env, 10)
    const source = join(env.DATA_DIR as string, 'lake', 'bronze', 'stocks')
    const target = join(temporaryFolder(), 'stocks')
    const versions = await versionAt(source)
    for (let kill = 0; kill < 3; kill++) {
      // Beyond what the one before has read ahead.
      const held = 10 + kill * (COPY_ENTRIES_MAX + 1)
      expect(versions).toBeGreaterThan(held)
      const letGo = holdAt(source, held)
      const command = startTickerlake(['copy', 'stocks', target], env)
      await expect.poll(() => versionAt(target), { timeout: 60_000 }).toBe(held - 1)
      expect(await command.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      expect(await versionAt(target)).toBe(held - 1)
      letGo()
    }
    expectNoWait(await copy(env, 'stocks', target))
    expect(differing(source, target)).toEqual([])
  })
})

/** A copy that was done, and did not watch the lease of one that is known to be over: that is logged before. */
function expectNoWait({ code, stdout, stderr }: Awaited<ReturnType<typeof copy>>): void {
  expect(code, stderr).toBe(0)
  if (process.platform === 'linux') expect(`${stdout}${stderr}`).not.toContain(WAITING)
}

/** Lets a copier come no further than to the version before this one: whoever reads the file that it adds, waits. */
function holdAt(table: string, version: number): () => void {
  const entry = readFileSync(join(table, '_delta_log', `${String(version).padStart(20, '0')}.json`), 'utf8')
  const actions = entry.split('\n').map((line) => JSON.parse(line || '{}') as { readonly add?: { path: string } })
  const path = join(table, decodeURIComponent(actions.find(({ add }) => add !== undefined)?.add?.path ?? ''))
  const away = join(temporaryFolder(), 'away')
  renameSync(path, away)
  execFileSync('mkfifo', [path])
  return () => renameSync(away, path)
}

/** A copier that has found some tables looks for others once a minute. */
const FOUND_MAX_MS = 120_000

describe('a copy that follows', () => {
  test('picks up commits of a running writer, refuses a second copier, and ends at SIGTERM', async () => {
    const env: Env = { DATA_DIR: temporaryFolder(), LOG_FORMAT: 'json' }
    const target = join(temporaryFolder(), 'followed')
    const market = { SIMULATOR_RATE: '100', FLUSH_INTERVAL_MS: '500', LOG_LEVEL: 'warn' }
    // Nothing is there yet: it waits.
    const following = startTickerlake(['copy', '--all', '--follow', target], {
      ...env,
      COPY_POLL_MS: '300',
      METRICS_PORT: '0',
    })
    await following.waitForLine(/there are no tables at .* yet; waiting for them/)
    const platform = startTickerlake(['start'], { ...env, ...market })
    await following.waitForLine(/stocks: version \d+:/, FOUND_MAX_MS)
    await expect.poll(() => versionAt(join(target, 'stocks'))).toBeGreaterThan(5)
    await expectHealth(following)

    const second = await copy(env, 'stocks', join(target, 'stocks'))
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is in use: .*process \d+ on .*TARGET_IN_USE/),
    })
    expect(second.stderr).toContain(WAITING)

    await platform.stop()
    const newest = await versionsIn(join(env.DATA_DIR as string, 'lake', 'bronze'))
    await expect.poll(() => versionsIn(target), { timeout: FOUND_MAX_MS }).toEqual(newest)
    const asked = Date.now()
    expect(await following.stop()).toEqual({ code: 0, signal: null })
    const tookMs = Date.now() - asked
    expect(tookMs).toBeLessThan(10_000)
    expect(following.stdout.join('\n')).toMatch(/the copy has ended; the next one goes on from here/)
    // One that has ended within the time for it has given every lease back.
    if (tookMs < LEASE_RELEASE_STOPPED_MAX_MS) expect(leasesIn(target)).toEqual([])
    // Whether or not there was time for that, nobody has to wait for them.
    expectNoWait(await copy(env, '--all', target))
    expect((await copy(env, '--all', '--verify', target)).code).toBe(0)
  }, 300_000)
})

/** The tables of a target that a copier has the lease of. */
function leasesIn(target: string): string[] {
  return readdirSync(target).filter((table) => existsSync(join(target, table, LEASE_KEY)))
}

async function expectHealth(following: RunningTickerlake): Promise<void> {
  const line = await following.waitForLine(/metrics are served/)
  const { port } = JSON.parse(line) as { port: number }
  const textOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  expect(await textOf('/readyz')).toBe('ready\n')
  // The first pass may have ended at version 0.
  await expect.poll(() => textOf('/metrics')).toMatch(/^tickerlake_copy_version\{table="stocks"\} [1-9]/m)
  const metrics = await textOf('/metrics')
  expect(metrics).toMatch(/^tickerlake_copy_passes_total\{table="stocks"\} [1-9]/m)
  expect(metrics).toMatch(/^tickerlake_copy_last_pass_timestamp_seconds\{table="stocks"\} [1-9]/m)
}
