// Alert rules are data: the default ones, or a JSON file {"rules": [...]} that is checked whole at start.
// What a rule does is in alert_state.ts.

import { z } from 'zod'
import { messageOf, PlatformError } from '#runtime/errors'
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
  /** A quote that arrived later than this after its event time never alerts. */
  readonly staleAfterMs: number
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const common = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 _ . -, beginning with a letter or digit'),
  percent: z.number().positive().max(10_000),
  rearm: z.number().min(0).max(1).default(0.7),
  cooldownMs: z
    .int()
    .min(0)
    .max(DAY_MS)
    .default(5 * MINUTE_MS),
  staleAfterMs: z
    .int()
    .min(0)
    .max(7 * DAY_MS)
    .default(20 * MINUTE_MS),
}

const ruleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('move'),
    withinMs: z
      .int()
      .min(1)
      .max(DAY_MS)
      .default(5 * MINUTE_MS),
  }),
  z.strictObject({ ...common, kind: z.literal('gap') }),
])

const fileSchema = z
  .strictObject({ rules: z.array(ruleSchema).max(ALERT_RULES_MAX) })
  .refine(({ rules }) => new Set(rules.map((rule) => rule.name)).size === rules.length, {
    message: 'every rule needs a name of its own',
    path: ['rules'],
  })

/** What holds without a rules file: 2 % within 5 minutes, and 2 % against the previous close. */
export const DEFAULT_ALERT_RULES: readonly AlertRule[] = [
  ruleOf(ruleSchema.parse({ name: 'move', kind: 'move', percent: 2 })),
  ruleOf(ruleSchema.parse({ name: 'gap', kind: 'gap', percent: 2 })),
]

/** Reads the text of a rules file. Throws CONFIG_INVALID that lists every error; `source` names the file in it. */
export function parseAlertRules(text: string, source: string): readonly AlertRule[] {
  const result = fileSchema.safeParse(parseJson(text, source))
  if (result.success) return result.data.rules.map(ruleOf)
  const lines = result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`)
  throw new PlatformError('CONFIG_INVALID', `wrong alert rules in ${source}; correct them:\n  ${lines.join('\n  ')}`)
}

function ruleOf(rule: z.infer<typeof ruleSchema>): AlertRule {
  const { name, kind, percent, rearm, cooldownMs, staleAfterMs } = rule
  return { name, kind, percent, withinMs: rule.kind === 'move' ? rule.withinMs : null, rearm, cooldownMs, staleAfterMs }
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PlatformError('CONFIG_INVALID', `alert rules in ${source} are not JSON: ${messageOf(cause)}`, { cause })
  }
}
