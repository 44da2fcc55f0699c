// The whole platform with tables and state snapshots on a store elsewhere, one kind of store after the other. It is
// killed amid its work and started again; the tables are merged, cleaned and read; every record stands there once.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { STREAM_GROUP } from '#services/stream/group'
import { decodeMetadata } from '#services/stream/partition/commit_metadata'
import { sqlRows } from '#support/lake/sql_rows'
import { describeWithAzure, describeWithS3 } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'
import { temporaryFolder } from '#support/temporary_folder'

/** How long after a first commit of a life the process is killed. */
const KILLED_AFTER_MS = [0, 350]
const WAIT_MS_MAX = 60_000
/** Quotes of the last run, which ends by itself. */
const LAST_QUOTES = 3_000

describeWithS3('on S3', (s3) => wholePlatformOn(remoteS3(s3)))

describeWithAzure('on Azure', (azure) => wholePlatformOn(remoteAzure(azure)))

function wholePlatformOn(remote: RemoteStore): void {
  test('every record is in the tables once, whatever is killed, merged and vacuumed', {
    timeout: 240_000,
  }, async () => {
    const root = await remote.newRoot('lake')
    const env = { ...SETTINGS, ...remote.env, LAKE_URL: `${root}/bronze`, CHECKPOINT_URL: `${root}/state` }
    const lives = { env: { ...env, DATA_DIR: temporaryFolder() }, remote }
    for (const ms of KILLED_AFTER_MS) await liveAndDie(lives, ms)
    await goOnFromSnapshot(lives)
    await succeed(['start', '--drain'], { ...lives.env, SIMULATOR_QUOTES: String(LAST_QUOTES) })
    const rows = await provenRows(lives.env)
    await redriveSome(lives.env)
    const redriven = await provenRows(lives.env)
    expect(redriven.dead_letters).toBeGreaterThan(Number(rows.dead_letters))
    await mergeAndClean(lives.env)
    expect(await provenRows(lives.env)).toEqual(redriven)
  })
}

const SETTINGS: Env = {
  FLUSH_INTERVAL_MS: '200',
  SIMULATOR_RATE: '2000',
  SIMULATOR_FAULTS: 'malformed:0.01,duplicate:0.01,late:0.01',
}

interface Lives {
  readonly env: Env
  readonly remote: RemoteStore
}

/** Starts all services, and kills them so long after the tables have gone on. */
async function liveAndDie(lives: Lives, ms: number): Promise<void> {
  const before = await commitsOf(lives)
  const platform = startTickerlake(['start'], lives.env)
  await expect.poll(() => commitsOf(lives), { timeout: WAIT_MS_MAX, interval: 20 }).toBeGreaterThan(before)
  await systemClock.sleep(ms)
  expect(await platform.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
}

/** Kills once more when a state snapshot is committed to, and sees that the next life begins with it. */
async function goOnFromSnapshot({ env }: Lives): Promise<void> {
  const platform = startTickerlake(['start'], env)
  await expect.poll(() => namesSnapshot(env), { timeout: WAIT_MS_MAX, interval: 100 }).toBe(true)
  await platform.stop('SIGKILL')
  const next = startTickerlake(['start'], env)
  await next.waitForLine(/the state was restored from its snapshot/, WAIT_MS_MAX)
  expect(await next.stop()).toEqual({ code: 0, signal: null })
}

async function namesSnapshot({ DATA_DIR = '' }: Env): Promise<boolean> {
  const parts = { clock: systemClock, logger: silentLogger, access: 'read' } as const
  const log = openEmbeddedLog({ path: join(DATA_DIR, 'log.sqlite'), ...parts })
  const committed = await log.committed(STREAM_GROUP, PRICES_TOPIC)
  await log.close()
  return [...committed.values()].some(({ metadata }) => decodeMetadata(metadata)?.snapshot != null)
}

/** Counts the rows once `verify` has held them against the log. */
async function provenRows(env: Env): Promise<Record<string, unknown>> {
  await succeed(['verify', '--log'], env)
  const [counts] = await sqlRows(
    `SELECT (SELECT count(*) FROM stocks) AS stocks, (SELECT sum(count) FROM bars) AS barred,
            (SELECT count(*) FROM dead_letters) AS dead_letters, (SELECT count(*) FROM late_quotes) AS late`,
    env,
  )
  expect(counts?.stocks).toBeGreaterThan(LAST_QUOTES / 2)
  expect(counts?.barred).toBeGreaterThan(LAST_QUOTES / 2)
  return counts ?? {}
}

/** Publishes dead letters again, which are refused again, each as a letter of its own. */
async function redriveSome(env: Env): Promise<void> {
  const { published } = JSON.parse(await succeed(['redrive', '--reason', 'not_json', '--publish', '--json'], env))
  expect(published).toBeGreaterThan(0)
  for (const service of ['stream', 'write']) await succeed([service, '--drain'], env)
}

async function mergeAndClean(env: Env): Promise<void> {
  await succeed(['compact'], env)
  await succeed(['checkpoint'], env)
  const vacuum = ['vacuum', 'stocks', '--retention', '0', '--force', '--delete', '--json']
  expect(JSON.parse(await succeed(vacuum, env))).toMatchObject([{ table: 'stocks' }])
  const history = JSON.parse(await succeed(['history', `${env.LAKE_URL}/stocks`, '--limit', '1000', '--json'], env))
  expect(history.map(({ operation }: { operation: string }) => operation)).toContain('OPTIMIZE')
}

async function commitsOf({ env, remote }: Lives): Promise<number> {
  const lake = await remote.open(env.LAKE_URL ?? '')
  return (await keysOf(lake, 'stocks/_delta_log/')).length
}

async function keysOf(store: Awaited<ReturnType<RemoteStore['open']>>, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

async function succeed(args: readonly string[], env: Env): Promise<string> {
  const command = startTickerlake(args, env)
  expect(await command.ended, [...args, ...command.stdout, ...command.stderr].join('\n')).toMatchObject({ code: 0 })
  return command.stdout.join('\n')
}
