// The stream's settings.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { type Env, readSettings } from '#runtime/settings'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { streamConfig, streamSettings } from '#services/stream/config'
import { defaultDecoder } from '#support/decoder'
import { temporaryFolder } from '#support/temporary_folder'

const read = (env: Env) => readSettings(env, streamSettings)

describe('the stream’s settings', () => {
  test('have the documented defaults', () => {
    const calendars = openCalendars({})
    expect(streamConfig(read({}), { decoder: defaultDecoder, calendars })).toEqual({
      barIntervalMs: 60_000,
      watermarkDelayMs: 2_000,
      idleCloseMs: 30_000,
      allowedLatenessMs: 300_000,
      revisionDelayMs: 1_000,
      decoder: defaultDecoder,
      calendars,
    })
    expect(read({}).ALERT_RULES).toBe(DEFAULT_ALERT_RULES)
  })

  test.each([
    ['BAR_INTERVAL_MS', '7000', 'divide'],
    ['BAR_INTERVAL_MS', '0', 'whole number'],
    ['WATERMARK_DELAY_MS', '-1', 'whole number'],
    ['IDLE_CLOSE_MS', 'soon', 'whole number'],
    ['ALLOWED_LATENESS_MS', '1.5', 'whole number'],
    ['REVISION_DELAY_MS', '-1', 'whole number'],
    ['REVISION_DELAY_MS', '3600001', 'whole number'],
  ])('refuse %s=%s', (name, value, said) => {
    expect(() => read({ [name]: value })).toThrow(new RegExp(`${name}.*${said}`))
  })

  test('refuse more windows a symbol than are kept', () => {
    expect(() => read({ BAR_INTERVAL_MS: '1', ALLOWED_LATENESS_MS: '999' })).toThrow(/windows/)
    expect(() => read({ BAR_INTERVAL_MS: '1000', ALLOWED_LATENESS_MS: '900000' })).not.toThrow()
  })

  describe('have the rules of the file that ALERT_RULES names', () => {
    const json = '{"rules":[\n{"name":"a","kind":"gap","percent":9}\n]}'
    const fileOf = (content: string | Uint8Array) => {
      const path = join(temporaryFolder(), 'rules.json')
      writeFileSync(path, content)
      return path
    }

    test.each([
      ['as it is', json],
      ['with a byte order mark', `\ufeff${json}`],
      ['with CRLF line ends', json.replaceAll('\n', '\r\n')],
      ['with CR line ends', json.replaceAll('\n', '\r')],
    ])('%s', (_, content) => {
      expect(read({ ALERT_RULES: fileOf(content) }).ALERT_RULES).toMatchObject([{ name: 'a', percent: 9 }])
    })

    test.each([
      ['is UTF-16', Buffer.from(json, 'utf16le'), /it is not UTF-8; save it as UTF-8$/],
      ['is UTF-16 with its mark', Buffer.from(`\ufeff${json}`, 'utf16le'), /it is not UTF-8; save it as UTF-8$/],
      ['is empty', '', /the file is not JSON/],
      ['lacks a comma', '{"rules": [\n  {"name": "a" "kind": "gap"}]}', /not JSON: .* in line 2, column 16$/],
    ])('or say that it %s', (_, content, said) => {
      expect(() => read({ ALERT_RULES: fileOf(content) })).toThrow(said)
    })

    test.each(['/nowhere/rules.json', '/'])('or say that %s cannot be read', (ALERT_RULES) => {
      expect(() => read({ ALERT_RULES })).toThrow(`ALERT_RULES (${ALERT_RULES}): the file cannot be read: `)
    })

    test('with each of its errors in the list', () => {
      const ALERT_RULES = fileOf('{"rules":[{"name":"A!","kind":"gap","percent":0},{"kind":"volume"}]}')
      const rules = `  ALERT_RULES (${ALERT_RULES}): rules`
      const name = 'must be 1 to 64 of a-z 0-9 _ . -, beginning with a letter or digit'
      expect(() => read({ ALERT_RULES, IDLE_CLOSE_MS: '0' })).toThrow(
        [
          'wrong settings:',
          '  IDLE_CLOSE_MS must be a whole number from 1 to 86400000, not "0"',
          `${rules}[0].name ${name}, not "A!"`,
          `${rules}[0].percent must be a number above 0, at most 10000, not 0`,
          `${rules}[1].kind must be "move" or "gap", not "volume"`,
        ].join('\n'),
      )
    })
  })
})
