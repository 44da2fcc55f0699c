// The rules in a text, for tests that have nothing else to check.

import { PlatformError } from '#runtime/errors'
import { type AlertRule, readAlertRules } from '#services/stream/alerts/rules'

/** Throws CONFIG_INVALID; `source` names the file in it. */
export function parseAlertRules(text: string, source: string): readonly AlertRule[] {
  const reading = readAlertRules(text)
  if (reading.kind === 'rules') return reading.rules
  throw new PlatformError('CONFIG_INVALID', `wrong alert rules in ${source}:\n  ${reading.faults.join('\n  ')}`)
}
