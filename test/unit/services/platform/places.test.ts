// Which places the settings come to.

import { describe, expect, test } from 'vitest'
import { readSettings } from '#runtime/settings'
import { checkpointUrl, lakeUrl } from '#services/platform/places'
import { lakeSettings } from '#services/platform/settings'

describe('the state snapshots go', () => {
  test.each([
    ['beside the lake in DATA_DIR', {}, 'data/lake/checkpoints'],
    ['beside a lake in a folder', { LAKE_URL: '/some/lake/' }, '/some/checkpoints'],
    ['beside a lake in the folder at hand', { LAKE_URL: 'lake' }, 'checkpoints'],
    ['beside a lake by its URL', { LAKE_URL: 'file:///some/lake' }, 'file:///some/checkpoints'],
    ['beside a lake in a bucket', { LAKE_URL: 's3://datalake/bronze' }, 's3://datalake/checkpoints'],
    ['into the bucket when it is all the lake', { LAKE_URL: 's3://datalake' }, 's3://datalake/checkpoints'],
    [
      'beside a lake on Azure',
      { LAKE_URL: 'abfss://lake@account.dfs.core.windows.net/bronze/' },
      'abfss://lake@account.dfs.core.windows.net/checkpoints',
    ],
    [
      'into the container when it is all the lake',
      { LAKE_URL: 'abfss://lake@account.dfs.core.windows.net' },
      'abfss://lake@account.dfs.core.windows.net/checkpoints',
    ],
    [
      'into the container of an emulator',
      { LAKE_URL: 'http://127.0.0.1:10000/devstoreaccount1/lake' },
      'http://127.0.0.1:10000/devstoreaccount1/lake/checkpoints',
    ],
    ['where CHECKPOINT_URL says', { CHECKPOINT_URL: 's3://other/place' }, 's3://other/place'],
  ])('%s', (_, env, expected) => {
    expect(checkpointUrl(readSettings(env, lakeSettings))).toBe(expected)
  })

  test('and the lake into DATA_DIR', () => {
    const inData = readSettings({ DATA_DIR: '/data' }, lakeSettings)
    expect(lakeUrl(inData)).toBe('/data/lake/bronze')
    expect(checkpointUrl(inData)).toBe('/data/lake/checkpoints')
  })
})
