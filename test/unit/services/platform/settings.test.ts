// What the shared settings must be together.

import { describe, expect, test } from 'vitest'
import { type Env, readAllSettings } from '#runtime/settings'
import { lakeSettings, logSettings } from '#services/platform/settings'

function faultsOf(env: Env): readonly string[] {
  try {
    readAllSettings(env, [logSettings, lakeSettings])
    return []
  } catch (error) {
    return (error as Error).message.replace(/^wrong settings?:\s+/, '').split('\n  ')
  }
}

describe('Kafka’s login is whole or absent', () => {
  const KAFKA_BROKERS = 'broker:9092'
  const [KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD] = ['plain', 'me', 'hunter2']

  test.each([
    [
      { KAFKA_SASL_MECHANISM },
      'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set too, since KAFKA_SASL_MECHANISM is',
    ],
    [
      { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD },
      'KAFKA_SASL_MECHANISM must be set too, since KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are',
    ],
  ])('%j', (sasl, said) => {
    expect(faultsOf({ KAFKA_BROKERS, ...sasl })).toEqual([said])
  })

  test('and it does not matter where no broker is named', () => {
    expect(faultsOf({ KAFKA_BROKERS, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD })).toEqual([])
    expect(faultsOf({ KAFKA_SASL_USERNAME })).toEqual([])
  })
})

describe('the keys of a lake on S3', () => {
  const LAKE_URL = 's3://lake/bronze'

  test('are both given, or none', () => {
    const AWS_ACCESS_KEY_ID = 'me'
    const said = 'AWS_SECRET_ACCESS_KEY must be set too, since AWS_ACCESS_KEY_ID is'
    expect(faultsOf({ LAKE_URL, AWS_ACCESS_KEY_ID })).toEqual([said])
    expect(faultsOf({ CHECKPOINT_URL: LAKE_URL, AWS_ACCESS_KEY_ID })).toEqual([said])
    expect(faultsOf({ LAKE_URL })).toEqual([])
    expect(faultsOf({ AWS_ACCESS_KEY_ID })).toEqual([])
  })

  test('are never shown', () => {
    const secrets = { AWS_ACCESS_KEY_ID: 'hunter1', AWS_SECRET_ACCESS_KEY: 'hunter2', KAFKA_SASL_PASSWORD: 'hunter3' }
    const wrong = { KAFKA_BROKERS: 'nowhere', LAKE_URL: 'ftp://x', KAFKA_SSL: 'y' }
    const faults = faultsOf({ ...secrets, ...wrong, S3_ENDPOINT: 'ftp://me:hunter4@host' })
    expect(faults.length).toBe(4)
    expect(faults.join()).not.toContain('hunter')
  })
})

test.each([
  ['LAKE_URL', 's3a://lake/x', /^LAKE_URL is wrong: 's3a:.*; write s3:\/\/ in place of s3a:\/\/$/],
  ['CHECKPOINT_URL', 's3://Lake_1', /^CHECKPOINT_URL is wrong: .*'s3:\/\/Lake_1'; write s3:\/\/bucket /],
])('%s=%s is named', (name, value, said) => {
  expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(said)])
})

describe('who we are on Azure', () => {
  const LAKE_URL = 'abfss://lake@account.dfs.core.windows.net/bronze'
  const [AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_CLIENT_SECRET] = ['hunter1', 'hunter2', 'hunter3']
  const ids = { AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: '00000000-0000-4000-8000-000000000000' }

  test.each([
    [{ AZURE_STORAGE_KEY }],
    [{ AZURE_STORAGE_SAS_TOKEN }],
    [{ ...ids, AZURE_CLIENT_SECRET }],
    [{ ...ids, AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' }],
    [{ AZURE_CLIENT_ID: ids.AZURE_CLIENT_ID }],
    [{}],
  ])('is said once: %#', (credentials) => {
    expect(faultsOf({ LAKE_URL, ...credentials })).toEqual([])
  })

  test('is not said twice, in two ways', () => {
    const two = { AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN }
    const said =
      'AZURE_STORAGE_KEY and AZURE_STORAGE_SAS_TOKEN are set, but only one of them may be: each says who we are'
    expect(faultsOf({ LAKE_URL, ...two })).toEqual([said])
    expect(faultsOf({ CHECKPOINT_URL: LAKE_URL, ...two })).toEqual([said])
    expect(faultsOf(two)).toEqual([])
  })

  test('is not said by half', () => {
    const said = 'AZURE_TENANT_ID and AZURE_CLIENT_ID must be set too, since AZURE_CLIENT_SECRET is'
    expect(faultsOf({ LAKE_URL, AZURE_CLIENT_SECRET })).toEqual([said])
  })

  test('is never shown', () => {
    const faults = faultsOf({
      LAKE_URL: `${LAKE_URL}?sig=hunter4`,
      AZURE_STORAGE_KEY,
      AZURE_STORAGE_ENDPOINT: 'https://account.blob.core.windows.net/?sv=1&sig=hunter5',
      AZURE_AUTHORITY_HOST: 'http://x',
    })
    expect(faults).toHaveLength(3)
    expect(faults).toContainEqual(expect.stringMatching(/^AZURE_STORAGE_ENDPOINT .*AZURE_STORAGE_SAS_TOKEN/))
    expect(faults.join()).not.toContain('hunter')
  })
})
