// Alert rules are data: the default ones, or the text of a JSON file {"rules": [...]} that is checked whole.
// What each kind holds and measures is in its own file; when rules fire, in evaluation.ts; how the file is read, in
// alert_rules_file.ts.

import { z } from 'zod'
import { messageOf, PlatformError } from '#runtime/errors'
import { shownValue } from '#runtime/shown_value'
import { type GapRule, gapRuleSchema } from '#services/stream/alerts/gap'
import { type MoveRule, moveRuleSchema } from '#services/stream/alerts/move'
import { fieldsOnly } from '#services/stream/alerts/rule_fields'
import { ALERT_RULES_MAX } from '#services/stream/limits'

/** A rule of any kind. A new kind gets a file like move.ts, a place in this union and in `ruleSchema`. */
export type AlertRule = MoveRule | GapRule

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

const KIND = 'must be "move" or "gap"'

const ruleSchema = z.discriminatedUnion('kind', [moveRuleSchema, gapRuleSchema], {
  error: ({ input }) => (isObject(input) ? KIND : 'must be a rule in { }'),
})

const RULES = `must be a list in [ ] of at most ${ALERT_RULES_MAX} rules`

const fileSchema = fieldsOnly({ rules: z.array(ruleSchema, RULES).max(ALERT_RULES_MAX, RULES) }).refine(
  ({ rules }) => new Set(rules.map((rule) => rule.name)).size === rules.length,
  { message: 'has two rules of one name; every rule needs a name of its own', path: ['rules'] },
)

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

/** All rules have all fields, in one order: one shape keeps the hot path fast. */
function ruleOf(rule: z.infer<typeof ruleSchema>): AlertRule {
  const { name, percent, rearm, cooldownMs, staleAfterMs } = rule
  const common = { name, percent, rearm, cooldownMs, staleAfterMs }
  return rule.kind === 'move'
    ? { ...common, kind: rule.kind, withinMs: rule.withinMs }
    : { ...common, kind: rule.kind, withinMs: null }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
