// The stream's settings.

import { describe, expect, test } from 'vitest'
import { readStreamConfig } from '#services/stream/config'

describe('the stream’s settings', () => {
  test('have the documented defaults', () => {
    expect(readStreamConfig({})).toEqual({
      config: {
        barIntervalMs: 60_000,
        watermarkDelayMs: 2_000,
        idleCloseMs: 30_000,
        allowedLatenessMs: 300_000,
        futureToleranceMs: 60_000,
      },
      alertRulesPath: null,
    })
  })

  test.each([
    ['BAR_INTERVAL_MS', '7000', 'divide'],
    ['BAR_INTERVAL_MS', '0', 'whole number'],
    ['WATERMARK_DELAY_MS', '-1', 'whole number'],
    ['IDLE_CLOSE_MS', 'soon', 'whole number'],
    ['ALLOWED_LATENESS_MS', '1.5', 'whole number'],
  ])('refuse %s=%s', (name, value, said) => {
    expect(() => readStreamConfig({ [name]: value })).toThrow(new RegExp(`${name}.*${said}`))
  })

  test('refuse more windows a symbol than are kept', () => {
    expect(() => readStreamConfig({ BAR_INTERVAL_MS: '1', ALLOWED_LATENESS_MS: '999' })).toThrow(/windows/)
    expect(() => readStreamConfig({ BAR_INTERVAL_MS: '1000', ALLOWED_LATENESS_MS: '900000' })).not.toThrow()
  })

  test('name the rules file for the caller to read', () => {
    expect(readStreamConfig({ ALERT_RULES: 'rules.json' }).alertRulesPath).toBe('rules.json')
  })
})
