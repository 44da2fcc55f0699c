// The promise, for a platform at work: its lake on S3 is followed to Azure, and from there to a folder, by the command,
// while quotes come, and tables are compacted and given checkpoints. Both copiers are killed again and again. After
// each kill every table at both targets is whole at a version of the lake; in the end both are the same as the lake.
// Vacuum and a cleaned log beside kills: copy_survives_kills.test.ts.

import { expect, test } from 'vitest'
import { commitKey, listLog } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import { createStoreRoot, openObjectStore, type StoreSettings } from '#object-store/open'
import type { Env } from '#runtime/settings'
import { tableVersion } from '#runtime/units'
import type { AzureAddress, S3Address } from '#support/services/addresses'
import { describeWithStores, uniqueName } from '#support/services/services'
import { type RunningTickerlake, startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const TABLES = ['alerts', 'bars_1m', 'dead_letters', 'late_quotes', 'stocks']
/** Kills after which both targets had commits of the lake. */
const KILLS = process.env.TEST_KILLS === 'full' ? 30 : 4
/** How long a copier lives once it has spoken: each time by so much more, and never longer than the most. */
const [LIFE_STEP_MS, LIFE_MAX_MS] = [700, 3_000]

/** Three places of the same tables, each the source of the next, and how to get there. */
interface Chain {
  readonly lake: string
  readonly places: readonly [string, string]
  readonly settings: StoreSettings
  readonly env: Env
}

function chainOf(s3: S3Address, azure: AzureAddress): Chain {
  const lake = `s3://${uniqueName('lake')}/bronze`
  const container = `abfss://${uniqueName('lake')}@${azure.account}.dfs.core.windows.net/bronze`
  const env = {
    DATA_DIR: temporaryFolder(),
    LAKE_URL: lake,
    S3_ENDPOINT: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AZURE_STORAGE_ENDPOINT: azure.endpoint,
    AZURE_STORAGE_KEY: azure.key,
    LOG_FORMAT: 'json',
  }
  return { lake, places: [container, temporaryFolder()], settings: { s3, azure }, env }
}

/** Commits, and all that else happens to a table, come as fast as they may. */
const BUSY: Env = {
  SOURCE: 'simulator',
  SIMULATOR_RATE: '100',
  SIMULATOR_FAULTS: 'malformed:0.01,late:0.05',
  FLUSH_INTERVAL_MS: '400',
}

/** Runs a command to its end. */
async function run(env: Env, ...words: string[]): Promise<string> {
  const command = startTickerlake(words, env)
  command.input('')
  const { code } = await command.ended
  expect(code, `${words.join(' ')}: ${command.stderr.join('\n')}`).toBe(0)
  return command.stdout.join('\n')
}

/** Lets a copier work for a while and kills it. */
async function liveShortly(copier: RunningTickerlake, lifeMs: number): Promise<void> {
  await copier.waitForLine(/./, 60_000)
  await new Promise((resolve) => setTimeout(resolve, lifeMs))
  expect(await copier.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
}

function followers({ lake, places: [container, folder], env }: Chain): RunningTickerlake[] {
  const follow = (...places: string[]) =>
    startTickerlake(['copy', '--all', '--follow', ...places], { ...env, COPY_POLL_MS: '200' })
  return [follow(lake, container), follow(container, folder)]
}

/**
 * Every table at the place is whole: its entries are the lake's, and each file is there in its length. Gives the
 * versions that were found.
 */
async function expectWhole({ lake, settings }: Chain, place: string): Promise<readonly number[]> {
  const versions: number[] = []
  for (const table of TABLES) {
    const [source, target] = [
      await openObjectStore(`${lake}/${table}`, settings),
      await openObjectStore(`${place}/${table}`, settings),
    ]
    const snapshot = await loadSnapshot(target)
    if (snapshot === undefined) continue
    const { commits } = await listLog(target, tableVersion(Math.max(0, snapshot.version - 3)))
    for (const { version } of commits) {
      const [there, here] = [await target.get(commitKey(version)), await source.get(commitKey(version))]
      expect(Buffer.compare(there ?? new Uint8Array(), here ?? new Uint8Array()), `${table} ${version}`).toBe(0)
    }
    for (const { path, size } of snapshot.files.values()) {
      expect(await target.sizeOf(path), `${place}/${table}/${path}`).toBe(size)
    }
    versions.push(snapshot.version)
  }
  return versions
}

describeWithStores('a platform on S3, copied to Azure and from there to a folder', ({ s3, azure }) => {
  test(
    'is whole there after each kill of its copiers, and the same in the end',
    async () => {
      const chain = chainOf(s3, azure)
      const { lake, places, settings, env } = chain
      for (const place of [lake, places[0]]) await createStoreRoot(place, settings)
      const platform = startTickerlake(['start'], { ...env, ...BUSY })
      await platform.waitForLine(/^Sent /, 60_000)
      let begun = 0
      for (let kill = 0; begun < KILLS; kill++) {
        const lifeMs = (kill * LIFE_STEP_MS) % LIFE_MAX_MS
        await Promise.all(followers(chain).map((copier) => liveShortly(copier, lifeMs)))
        const versions = [await expectWhole(chain, places[0]), await expectWhole(chain, places[1])]
        if (versions.every((each) => each.some((version) => version > 0))) begun++
        await run(env, ...(kill % 2 === 0 ? ['checkpoint', 'stocks'] : ['compact', 'stocks']))
      }
      expect(await platform.stop()).toEqual({ code: 0, signal: null })
      const words = [[lake, places[0]], places]
      for (const [source = '', target = ''] of words) {
        await run(env, 'copy', '--all', source, target)
        expect(await run(env, 'copy', '--all', '--verify', source, target)).toMatch(/^stocks .*: the same$/m)
      }
    },
    600_000 + KILLS * 40_000,
  )
})
