// Alert rules are data: the default ones, or the text of a JSON file {"rules": [...]} that is checked whole.
// What a rule does is in evaluation.ts; how the file is read, in alert_rules_file.ts.

import { z } from 'zod'
import { messageOf, PlatformError } from '#runtime/errors'
import { shownValue } from '#runtime/shown_value'
import { DAY_MS, MINUTE_MS } from '#runtime/units'
import { ALERT_RULES_MAX } from '#services/stream/limits'

/** A rule about one symbol's price. Percentages are in percent: 2 means 2 %. */
export interface AlertRule {
  readonly name: string
  /** `move`: against the price of `withinMs` ago. `gap`: against the previous close that the quote names. */
  readonly kind: 'move' | 'gap'
  /** The move that fires, and the height of a level. */
  readonly percent: number
  /** How far back the reference lies; null for `gap`. */
  readonly withinMs: number | null
  /** Re-arms when the move has fallen below this share of `percent`. */
  readonly rearm: number
  /** And not before this long after the last alert. */
  readonly cooldownMs: number
  /** A quote that arrived later than this after its event time never alerts, unless it was replayed. null: no limit. */
  readonly staleAfterMs: number | null
}

/** Rules, and what they come to together. */
export interface RuleSet {
  readonly rules: readonly AlertRule[]
  /** How far back the longest of them looks; 0 when none does. */
  readonly lookBackMs: number
}

/** Takes rules together. */
export function ruleSetOf(rules: readonly AlertRule[]): RuleSet {
  return { rules, lookBackMs: Math.max(0, ...rules.map((rule) => rule.withinMs ?? 0)) }
}

const NAME = 'must be 1 to 64 of a-z 0-9 _ . -, beginning with a letter or digit'
const PERCENT = 'must be a number above 0, at most 10000'
const REARM = 'must be a number from 0 to 1'
const KIND = 'must be "move" or "gap"'

/** Whole milliseconds in a range; `or` says what else there may be. */
const duration = (min: number, max: number, or = '') => {
  const wanted = `must be a whole number of milliseconds from ${min} to ${max}${or}`
  return z.int(wanted).min(min, wanted).max(max, wanted)
}

const common = {
  name: z.string(NAME).regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, NAME),
  percent: z.number(PERCENT).positive(PERCENT).max(10_000, PERCENT),
  rearm: z.number(REARM).min(0, REARM).max(1, REARM).default(0.7),
  cooldownMs: duration(0, DAY_MS).default(5 * MINUTE_MS),
  staleAfterMs: duration(0, 7 * DAY_MS, ', or null for no limit')
    .nullable()
    .default(20 * MINUTE_MS),
}

const moveFields = { ...common, kind: z.literal('move'), withinMs: duration(1, DAY_MS).default(5 * MINUTE_MS) }
const gapFields = { ...common, kind: z.literal('gap') }

const ruleSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject(moveFields, { error: objectFault(Object.keys(moveFields)) }),
    z.strictObject(gapFields, { error: objectFault(Object.keys(gapFields)) }),
  ],
  { error: ({ input }) => (isObject(input) ? KIND : 'must be a rule in { }') },
)

const RULES = `must be a list in [ ] of at most ${ALERT_RULES_MAX} rules`

const fileSchema = z
  .strictObject({ rules: z.array(ruleSchema, RULES).max(ALERT_RULES_MAX, RULES) }, { error: objectFault(['rules']) })
  .refine(({ rules }) => new Set(rules.map((rule) => rule.name)).size === rules.length, {
    message: 'has two rules of one name; every rule needs a name of its own',
    path: ['rules'],
  })

function objectFault(fields: readonly string[]) {
  return (issue: { readonly code: string; readonly keys?: readonly string[] }) =>
    issue.code === 'unrecognized_keys'
      ? `has ${issue.keys?.map((key) => shownValue(key)).join(', ')} in it; its fields are ${fields.join(', ')}`
      : `must be an object in { } with ${fields.join(', ')}`
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What holds without a rules file: 2 % within 5 minutes, and 2 % against the previous close. */
export const DEFAULT_ALERT_RULES: readonly AlertRule[] = [
  ruleOf(ruleSchema.parse({ name: 'move', kind: 'move', percent: 2 })),
  ruleOf(ruleSchema.parse({ name: 'gap', kind: 'gap', percent: 2 })),
]

/** What the text of a rules file comes to. */
export type AlertRulesReading =
  | { readonly kind: 'rules'; readonly rules: readonly AlertRule[] }
  /** A sentence for each error. */
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/** Reads the text of a rules file. */
export function readAlertRules(text: string): AlertRulesReading {
  const json = parseJson(text)
  if ('fault' in json) return { kind: 'faults', faults: [json.fault] }
  const result = fileSchema.safeParse(json.value, { reportInput: true })
  if (result.success) return { kind: 'rules', rules: result.data.rules.map(ruleOf) }
  return { kind: 'faults', faults: result.error.issues.map(faultText) }
}

/** The same for callers with nothing else to check. Throws CONFIG_INVALID; `source` names the file in it. */
export function parseAlertRules(text: string, source: string): readonly AlertRule[] {
  const reading = readAlertRules(text)
  if (reading.kind === 'rules') return reading.rules
  throw new PlatformError('CONFIG_INVALID', `wrong alert rules in ${source}:\n  ${reading.faults.join('\n  ')}`)
}

/** `rules[0].percent must be a number above 0, not -1`. */
function faultText({ path, message, input, code }: z.core.$ZodIssue): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  const subject = place === '' ? 'the file' : place.replace(/^\./, '')
  const given = code === 'invalid_union' && isObject(input) ? (input as { kind?: unknown }).kind : input
  if (!message.startsWith('must ') || isObject(given)) return `${subject} ${message}`
  return `${subject} ${message}, ${given === undefined ? 'and is missing' : `not ${shownValue(given)}`}`
}

function ruleOf(rule: z.infer<typeof ruleSchema>): AlertRule {
  const { name, kind, percent, rearm, cooldownMs, staleAfterMs } = rule
  return { name, kind, percent, withinMs: rule.kind === 'move' ? rule.withinMs : null, rearm, cooldownMs, staleAfterMs }
}

function parseJson(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const place = / in JSON at position \d+ \(line (\d+) column (\d+)\)$/
    const reason = messageOf(error).replace(place, ' in line $1, column $2')
    return { fault: `the file is not JSON: ${reason}` }
  }
}
