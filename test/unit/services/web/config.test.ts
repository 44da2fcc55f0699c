// Where the page is served, and when that takes a token.

import { expect, test } from 'vitest'
import { readSettings } from '#runtime/settings'
import { isLoopback, webConfig, webSettings } from '#services/web/config'

const read = (env: Readonly<Record<string, string>>) => webConfig(readSettings(env, webSettings))

test('by default the page is at port 8080 of this machine alone, without a token, and answers SQL', () => {
  expect(read({})).toEqual({ port: 8080, host: '127.0.0.1', hostNames: [], token: undefined, sql: true })
})

test.each(['0.0.0.0', '::', '192.168.1.4', 'lake.example'])(
  'at %s a token is needed, or a word that none is',
  (host) => {
    expect(() => read({ WEB_HOST: host })).toThrow(`WEB_HOST ${host} can be reached from other machines: set WEB_TOKEN`)
    expect(read({ WEB_HOST: host, WEB_TOKEN: '0123456789abcdef' })).toMatchObject({ host, token: '0123456789abcdef' })
    expect(read({ WEB_HOST: host, WEB_WITHOUT_TOKEN: 'true' })).toMatchObject({ host, token: undefined })
  },
)

test.each(['127.0.0.1', '127.0.0.53', '::1', 'localhost'])('%s is this machine alone', (host) => {
  expect(isLoopback(host)).toBe(true)
})

test.each(['127.example', '128.0.0.1', '0.0.0.0', 'localhost.example'])('%s is not', (host) => {
  expect(isLoopback(host)).toBe(false)
})

test('a short token is refused, and is not shown', () => {
  expect(() => read({ WEB_TOKEN: 'geheim' })).toThrow(/WEB_TOKEN must have 16 characters or more; `openssl/)
  expect(() => read({ WEB_TOKEN: 'geheim' })).not.toThrow(/geheim/)
})

test('host names are told apart by commas, whatever their case', () => {
  expect(read({ WEB_HOST_NAMES: 'Lake.Example,lake' }).hostNames).toEqual(['lake.example', 'lake'])
  expect(() => read({ WEB_HOST_NAMES: 'http://lake' })).toThrow(/WEB_HOST_NAMES must be a host name/)
})

test('WEB_SQL is on or off', () => {
  expect(read({ WEB_SQL: 'off' }).sql).toBe(false)
  expect(() => read({ WEB_SQL: 'no' })).toThrow(/WEB_SQL must be on or off/)
})
