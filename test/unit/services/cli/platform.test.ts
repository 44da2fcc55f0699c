// Which places the settings come to.

import { describe, expect, test } from 'vitest'
import { checkpointUrl, lakeUrl } from '#services/cli/platform'

describe('the state snapshots go', () => {
  test.each([
    ['beside the lake in DATA_DIR', {}, 'data/lake/checkpoints'],
    ['beside a lake in a folder', { LAKE_URL: '/some/lake/' }, '/some/checkpoints'],
    ['beside a lake in the folder at hand', { LAKE_URL: 'lake' }, 'checkpoints'],
    ['beside a lake by its URL', { LAKE_URL: 'file:///some/lake' }, 'file:///some/checkpoints'],
    ['beside a lake in a bucket', { LAKE_URL: 's3://datalake/bronze' }, 's3://datalake/checkpoints'],
    ['into the bucket when it is all the lake', { LAKE_URL: 's3://datalake' }, 's3://datalake/checkpoints'],
    ['where CHECKPOINT_URL says', { CHECKPOINT_URL: 's3://other/place' }, 's3://other/place'],
  ])('%s', (_, env, expected) => {
    expect(checkpointUrl(env)).toBe(expected)
  })

  test('and the lake into DATA_DIR', () => {
    expect(lakeUrl({ DATA_DIR: '/data' })).toBe('/data/lake/bronze')
    expect(checkpointUrl({ DATA_DIR: '/data' })).toBe('/data/lake/checkpoints')
  })
})
