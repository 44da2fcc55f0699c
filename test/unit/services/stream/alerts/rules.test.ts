// The rules file: what it may say, and that all that is wrong with it is said at once.

import { describe, expect, test } from 'vitest'
import { PlatformError } from '#runtime/errors'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { parseAlertRules } from '#support/alert_rules'

function errorOf(text: string): PlatformError {
  try {
    parseAlertRules(text, 'rules.json')
  } catch (error) {
    return error as PlatformError
  }
  throw new Error('the rules were accepted')
}

describe('alert rules', () => {
  test('without a file are 2 % in 5 minutes and against the previous close', () => {
    const common = { percent: 2, rearm: 0.7, cooldownMs: 300_000, staleAfterMs: 1_200_000 }
    expect(DEFAULT_ALERT_RULES).toEqual([
      { ...common, name: 'move', kind: 'move', withinMs: 300_000 },
      { ...common, name: 'gap', kind: 'gap', withinMs: null },
    ])
  })

  test('in a file need a name, a kind and a percentage', () => {
    const text =
      '{"rules":[{"name":"fast","kind":"move","percent":0.5,"withinMs":60000},{"name":"g","kind":"gap","percent":9}]}'
    expect(parseAlertRules(text, 'rules.json')).toMatchObject([
      { name: 'fast', percent: 0.5, withinMs: 60_000, rearm: 0.7 },
      { name: 'g', percent: 9, withinMs: null },
    ])
  })

  test('may say that no quote is ever stale', () => {
    const rule = { name: 'a', kind: 'gap', percent: 1 }
    const limits = [null, 0, 604_800_000, undefined].map((staleAfterMs) => ({ ...rule, staleAfterMs }))
    const rules = limits.flatMap((each) => parseAlertRules(JSON.stringify({ rules: [each] }), 'rules.json'))
    expect(rules.map(({ staleAfterMs }) => staleAfterMs)).toEqual([null, 0, 604_800_000, 1_200_000])
  })

  test.each([-1, 0.5, 604_800_001, '0', 'never'])(
    'with a staleAfterMs of %j say what to do instead',
    (staleAfterMs) => {
      const text = JSON.stringify({ rules: [{ name: 'a', kind: 'gap', percent: 1, staleAfterMs }] })
      expect(errorOf(text).message).toContain(
        'rules[0].staleAfterMs must be a whole number of milliseconds from 0 to 604800000, or null for no limit',
      )
    },
  )

  test('may be none', () => {
    expect(parseAlertRules('{"rules":[]}', 'rules.json')).toEqual([])
  })

  test('that are wrong are all named at once', () => {
    const error = errorOf(
      '{"rules":[{"name":"A!","kind":"move","percent":-1},{"name":"x","kind":"gap","percent":1,"withinMs":5}]}',
    )
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message.split('\n')).toEqual([
      'wrong alert rules in rules.json:',
      '  rules[0].name must be 1 to 64 of a-z 0-9 _ . -, beginning with a letter or digit, not "A!"',
      '  rules[0].percent must be a number above 0, at most 10000, not -1',
      '  rules[1] has "withinMs" in it; its fields are name, percent, rearm, cooldownMs, staleAfterMs, kind',
    ])
  })

  test('two of one name are told with all else that is wrong, and each fault once', () => {
    const rules = [
      { name: 'a', kind: 'move', percent: 0, cooldownMs: 1e300 },
      { name: 'a', kind: 'gap', percent: 1 },
      { name: 'b', kind: 'volume', percent: 1 },
      7,
    ]
    expect(
      errorOf(JSON.stringify({ rules, more: 1 }))
        .message.split('\n')
        .slice(1),
    ).toEqual([
      '  rules[0].percent must be a number above 0, at most 10000, not 0',
      '  rules[0].cooldownMs must be a whole number of milliseconds from 0 to 86400000, not 1e+300',
      '  rules[2].kind must be "move" or "gap", not "volume"',
      '  rules[3] must be a rule in { }, not 7',
      '  the file has "more" in it; its fields are rules',
      '  rules has two rules of one name; every rule needs a name of its own',
    ])
  })

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no list', '{"rules":{}}'],
    ['nothing', '{}'],
    ['a text for a rule', '{"rules":["move"]}'],
    ['a rule without fields', '{"rules":[{"kind":"move"}]}'],
    ['values of another type', '{"rules":[{"name":1,"kind":"move","percent":"2","withinMs":"5","rearm":null}]}'],
    ['an unknown kind', '{"rules":[{"name":"a","kind":"volume","percent":1}]}'],
    ['a misspelt field', '{"rules":[{"name":"a","kind":"gap","percent":1,"cooldown":1}]}'],
    ['two of one name', '{"rules":[{"name":"a","kind":"gap","percent":1},{"name":"a","kind":"move","percent":1}]}'],
    [
      'too many',
      JSON.stringify({ rules: Array.from({ length: 65 }, (_, n) => ({ name: `r${n}`, kind: 'gap', percent: 1 })) }),
    ],
  ])('that are %s are refused', (_, text) => {
    expect(errorOf(text)).toBeInstanceOf(PlatformError)
    expect(errorOf(text).message).not.toMatch(/invalid|received|expected (string|number|array|object|one of)/i)
  })
})
