// Alert rules are data: the default ones, or the text of a JSON file {"rules": [...]} that is checked whole.
// What each kind holds and measures is in its own file; when rules fire, in evaluation.ts; how the file is read, in
// alert_rules_file.ts.

import { isJsonObject, type JsonObject, parseJson, unknownFieldsFault, valueFault } from '#runtime/files/json_object'
import { type GapRule, gapFields } from '#services/stream/alerts/gap'
import { type MoveRule, moveFields } from '#services/stream/alerts/move'
import type { RuleField } from '#services/stream/alerts/rule_fields'
import { ALERT_RULES_MAX } from '#services/stream/limits'

/** A rule of any kind. A new kind gets a file like move.ts, a place in this union and in `FIELDS_OF_KIND`. */
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
const RULES = `must be a list in [ ] of at most ${ALERT_RULES_MAX} rules`
const TWO_OF_ONE_NAME = 'has two rules of one name; every rule needs a name of its own'

/** The fields of each kind, as a rules file says them; `kind` comes with them. */
const FIELDS_OF_KIND: Readonly<Record<AlertRule['kind'], Readonly<Record<string, RuleField<unknown>>>>> = {
  move: moveFields,
  gap: gapFields,
}

/** What holds without a rules file: 2 % within 5 minutes, and 2 % against the previous close. */
export const DEFAULT_ALERT_RULES: readonly AlertRule[] = [
  ruleOf({ name: 'move', kind: 'move', percent: 2 }),
  ruleOf({ name: 'gap', kind: 'gap', percent: 2 }),
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
  const faults: string[] = []
  const rules = checkedRules(json.value, faults)
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'rules', rules: rules.map(ruleOf) }
}

/** A rule of which every field was checked; those that have a default may be missing. */
type CheckedRule = JsonObject & { readonly kind: AlertRule['kind'] }

/** The rules in a file, which hold if nothing is added to the faults. */
function checkedRules(file: unknown, faults: string[]): readonly CheckedRule[] {
  if (!isJsonObject(file)) {
    faults.push(valueFault('the file', 'must be an object in { } with rules', file))
    return []
  }
  const { rules } = file
  const isList = Array.isArray(rules) && rules.length <= ALERT_RULES_MAX
  if (isList) for (const [i, rule] of rules.entries()) checkRule(rule, `rules[${i}]`, faults)
  else faults.push(valueFault('rules', RULES, rules))
  checkFieldNames('the file', { given: file, known: ['rules'] }, faults)
  if (isList && hasNameTwice(rules)) faults.push(`rules ${TWO_OF_ONE_NAME}`)
  return rules as readonly CheckedRule[]
}

function hasNameTwice(rules: readonly unknown[]): boolean {
  const names = rules.flatMap((rule) => (isJsonObject(rule) && typeof rule.name === 'string' ? [rule.name] : []))
  return new Set(names).size < names.length
}

function checkRule(rule: unknown, place: string, faults: string[]): void {
  if (!isJsonObject(rule)) return void faults.push(valueFault(place, 'must be a rule in { }', rule))
  const { kind } = rule
  if (kind !== 'move' && kind !== 'gap') return void faults.push(valueFault(`${place}.kind`, KIND, kind))
  const fields = FIELDS_OF_KIND[kind]
  for (const [name, { wanted, isRight, default: fallback }] of Object.entries(fields)) {
    const value = rule[name]
    const isLeftOut = value === undefined && fallback !== undefined
    if (!isLeftOut && !isRight(value)) faults.push(valueFault(`${place}.${name}`, wanted, value))
  }
  checkFieldNames(place, { given: rule, known: [...Object.keys(fields), 'kind'] }, faults)
}

function checkFieldNames(
  place: string,
  fields: { readonly given: JsonObject; readonly known: readonly string[] },
  faults: string[],
): void {
  const fault = unknownFieldsFault(place, fields)
  if (fault !== null) faults.push(fault)
}

/** All rules have all fields, in one order: one shape keeps the hot path fast. */
function ruleOf(rule: CheckedRule): AlertRule {
  const fields = FIELDS_OF_KIND[rule.kind]
  const of = <T>(name: string) => (rule[name] === undefined ? fields[name]?.default : rule[name]) as T
  const common = {
    name: of<string>('name'),
    percent: of<number>('percent'),
    rearm: of<number>('rearm'),
    cooldownMs: of<number>('cooldownMs'),
    staleAfterMs: of<number | null>('staleAfterMs'),
  }
  return rule.kind === 'move'
    ? { ...common, kind: rule.kind, withinMs: of<number>('withinMs') }
    : { ...common, kind: rule.kind, withinMs: null }
}
