// DATA_DIR as users treat it: two services on one, deleted under a running one, or a place where nothing can be
// written.

import { execFileSync } from 'node:child_process'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const settings = () => ({ DATA_DIR: join(temporaryFolder(), 'data'), FLUSH_INTERVAL_MS: '500' })

describe('an embedded log is fed by one process', () => {
  test.each(['start', 'produce'])(
    '%s beside a start is refused, and names it',
    async (command) => {
      const env = settings()
      const first = startTickerlake(['start'], env)
      await first.waitForLine(/^Sent: /)
      const second = startTickerlake([command], { ...env, SOURCE: 'simulator' })
      expect(await second.ended).toEqual({ code: 1, signal: null })
      expect(second.stdout).toEqual([])
      expect(second.stderr).toHaveLength(1)
      expect(second.stderr[0]).toMatch(
        new RegExp(`is fed already, by \`tickerlake start\`, process ${first.pid}, since 2.*Z; .*\\[LOG_IN_USE\\]$`),
      )
      expect(await first.stop()).toEqual({ code: 0, signal: null })
    },
    120_000,
  )

  test('what a killed start claimed is free', async () => {
    const env = settings()
    const first = startTickerlake(['start'], env)
    await first.waitForLine(/^Sent: /)
    await first.stop('SIGKILL')
    const second = startTickerlake(['start'], env)
    await second.waitForLine(/^Sent: /)
    expect(await second.stop()).toEqual({ code: 0, signal: null })
  }, 120_000)

  test('streams and writers share it with a start', async () => {
    const env = settings()
    const first = startTickerlake(['start'], env)
    await first.waitForLine(/^Sent: /)
    const others = ['stream', 'write'].map((command) => startTickerlake([command, '--drain'], env))
    for (const other of others) expect(await other.ended, other.stderr.join('\n')).toEqual({ code: 0, signal: null })
    expect(await first.stop()).toEqual({ code: 0, signal: null })
  }, 120_000)
})

/** Whichever of them is missed first: a deletion is not one moment. */
const DELETED = /(log\.sqlite|lake\/bronze).* deleted/

describe('data that goes away under a running service is noticed', () => {
  const ways: [string, (folder: string) => void, RegExp][] = [
    ['DATA_DIR deleted', (folder) => rmSync(folder, { recursive: true, maxRetries: 9 }), DELETED],
    ['all in DATA_DIR deleted', (folder) => rmContent(folder), DELETED],
    ['DATA_DIR moved', (folder) => renameSync(folder, `${folder}.old`), /log\.sqlite was deleted/],
    [
      'the log replaced',
      (folder) => {
        writeFileSync(join(folder, 'new'), '')
        renameSync(join(folder, 'new'), join(folder, 'log.sqlite'))
      },
      /log\.sqlite was replaced/,
    ],
    ['the lake deleted', (folder) => rmSync(join(folder, 'lake'), { recursive: true, maxRetries: 9 }), DELETED],
  ]
  test.each(ways)(
    '%s: one clear line, exit code 1',
    async (_name, change, expected) => {
      const env = settings()
      const first = startTickerlake(['start'], env)
      await first.waitForLine(/^Bar: /)
      await expect.poll(() => existsSync(join(env.DATA_DIR, 'lake/bronze/bars_1m')), { timeout: 20_000 }).toBe(true)
      change(env.DATA_DIR)
      const since = performance.now()
      expect(await first.ended).toEqual({ code: 1, signal: null })
      expect(performance.now() - since).toBeLessThan(10_000)
      expect(first.stderr).toHaveLength(1)
      expect(first.stderr[0]).toMatch(expected)
      expect(first.stdout.join('\n')).not.toMatch(/stopped in good order/)
    },
    120_000,
  )

  test('and the next start begins anew', async () => {
    const env = settings()
    const first = startTickerlake(['start'], env)
    await first.waitForLine(/^Bar: /)
    rmSync(env.DATA_DIR, { recursive: true, maxRetries: 9 })
    await first.ended
    const next = startTickerlake(['start'], env)
    await next.waitForLine(/^Bar: /)
    expect(await next.stop()).toEqual({ code: 0, signal: null })
    const verified = startTickerlake(['verify', '--log'], env)
    expect(await verified.ended, verified.stderr.join('\n')).toEqual({ code: 0, signal: null })
  }, 120_000)

  test.each(['stream', 'write'])(
    '%s alone notices too',
    async (command) => {
      const env = settings()
      await startTickerlake(['init'], env).ended
      const service = startTickerlake([command], { ...env, METRICS_PORT: '0', LOG_FORMAT: 'json' })
      const { port } = JSON.parse(await service.waitForLine(/"port":/)) as { port: number }
      const isReady = () => fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok)
      await expect.poll(isReady, { timeout: 20_000 }).toBe(true)
      rmSync(env.DATA_DIR, { recursive: true, maxRetries: 9 })
      expect(await service.ended).toEqual({ code: 1, signal: null })
      expect(service.stderr[0]).toMatch(/log\.sqlite was deleted|lake\/bronze.* deleted/)
    },
    120_000,
  )
})

function rmContent(folder: string): void {
  execFileSync('/bin/sh', ['-c', 'rm -rf "$1"/* || true', 'sh', folder])
}

describe('a DATA_DIR that cannot be is one clear error at once', () => {
  const places: [string, () => string][] = [
    ['below /proc', () => '/proc/nope'],
    ['below a folder of /proc', () => '/proc/nope/deeper'],
    [
      'a file in its place',
      () => {
        const file = join(temporaryFolder(), 'file')
        writeFileSync(file, '')
        return file
      },
    ],
    [
      'a file above it',
      () => {
        const file = join(temporaryFolder(), 'file')
        writeFileSync(file, '')
        return join(file, 'data')
      },
    ],
    ['a name that is too long', () => join(temporaryFolder(), 'x'.repeat(300))],
  ]
  test.each(places)(
    '%s',
    async (_name, place) => {
      const folder = place()
      for (const command of ['start', 'produce', 'stream', 'write', 'init']) {
        const service = startTickerlake([command], { DATA_DIR: folder, SOURCE: 'simulator' })
        expect(await service.ended, command).toMatchObject({ code: expect.toBeOneOf([1, 78]), signal: null })
        expect(service.stderr, command).toHaveLength(1)
        expect(service.stderr[0]).toContain(folder)
        expect(service.stderr[0]).toMatch(/DATA_DIR|could not/)
      }
    },
    120_000,
  )

  test('a disk that is read-only', async ({ skip }) => {
    const folder = temporaryFolder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder], { stdio: 'ignore' })
    } catch {
      return skip('needs the right to mount a disk')
    }
    onTestFinished(() => void execFileSync('umount', [folder]))
    for (const place of [folder, join(folder, 'data')]) {
      const service = startTickerlake(['start'], { DATA_DIR: place })
      expect(await service.ended).toEqual({ code: 78, signal: null })
      expect(service.stderr[0]).toMatch(/DATA_DIR .* cannot be (made|written): EROFS/)
    }
  }, 120_000)
})
