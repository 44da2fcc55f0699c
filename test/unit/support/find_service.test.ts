// The order in which real services are looked for, and the reasons that are left.

import { describe, expect, test } from 'vitest'
import { findService, preferenceOf, unavailable, type WayOutcome, type WaysTo } from '#support/services/find_service'

type Outcome = WayOutcome<string>

const tried: string[] = []

function running(label: string): Outcome {
  return { kind: 'running', service: { address: label, label, stop: async () => {} } }
}

function ways(outcomes: { given?: Outcome; docker?: Outcome; native?: Outcome }): WaysTo<string> {
  tried.length = 0
  const way = (name: 'given' | 'docker' | 'native') => async () => {
    tried.push(name)
    return outcomes[name] ?? unavailable(name === 'given' ? '' : `no ${name}`)
  }
  return { given: way('given'), docker: way('docker'), native: way('native') }
}

describe('finding a real service', () => {
  test('takes what the environment gives and looks no further', async () => {
    const found = await findService(ways({ given: running('given'), docker: running('docker') }), 'any')
    expect(found).toMatchObject({ kind: 'running', service: { label: 'given' } })
    expect(tried).toEqual(['given'])
  })

  test('takes Docker before native', async () => {
    const found = await findService(ways({ docker: running('docker'), native: running('native') }), 'any')
    expect(found).toMatchObject({ service: { label: 'docker' }, refusals: [] })
    expect(tried).toEqual(['given', 'docker'])
  })

  test('takes native when Docker fails, and keeps the reason', async () => {
    const found = await findService(ways({ native: running('native') }), 'any')
    expect(found).toMatchObject({ service: { label: 'native' }, refusals: ['no docker'] })
  })

  test('puts no other in the place of a given service that does not work', async () => {
    const broken: Outcome = { kind: 'broken', reason: 'does not answer' }
    const found = await findService(ways({ given: broken, docker: running('docker') }), 'any')
    expect(found).toEqual({ kind: 'missing', reason: 'does not answer' })
    expect(tried).toEqual(['given'])
  })

  test('names every reason when nothing works', async () => {
    expect(await findService(ways({}), 'any')).toEqual({ kind: 'missing', reason: 'no docker; no native' })
  })

  test.each(['docker', 'native'] as const)('tries %s alone when told so', async (way) => {
    const all = { given: running('given'), docker: running('docker'), native: running('native') }
    expect(await findService(ways(all), way)).toMatchObject({ service: { label: way } })
    expect(tried).toEqual([way])
  })

  test('tries nothing when told so', async () => {
    const found = await findService(ways({ given: running('given') }), 'none')
    expect(found).toEqual({ kind: 'missing', reason: 'TEST_SERVICES=none' })
    expect(tried).toEqual([])
  })
})

describe('TEST_SERVICES', () => {
  test('means any way when it is unset or empty', () => {
    expect(preferenceOf(undefined)).toBe('any')
    expect(preferenceOf('')).toBe('any')
  })

  test.each(['docker', 'native', 'none'])('takes %s', (text) => expect(preferenceOf(text)).toBe(text))

  test('refuses a word it does not know', () => {
    expect(() => preferenceOf('podman')).toThrow(/TEST_SERVICES is 'podman'/)
  })
})
