// ALERT_RULES: the file is read once, with the settings, so that its errors are listed with all else that is wrong.

import { z } from 'zod'
import { readTextFile } from '#runtime/files/text_file'
import { withoutPassword } from '#runtime/shown_value'
import {
  type AlertRule,
  type AlertRulesReading,
  DEFAULT_ALERT_RULES,
  readAlertRules,
} from '#services/stream/alerts/rules'

/** A setting that names a file and has its rules as the value; the built-in rules when it is unset. */
export function alertRulesSetting() {
  return z
    .string()
    .optional()
    .transform((path, context): readonly AlertRule[] => {
      if (path === undefined) return DEFAULT_ALERT_RULES
      const reading = readRulesFile(path)
      if (reading.kind === 'rules') return reading.rules
      for (const fault of reading.faults) context.addIssue(`(${withoutPassword(path)}): ${fault}`)
      return z.NEVER
    })
}

function readRulesFile(path: string): AlertRulesReading {
  const file = readTextFile(path)
  if ('text' in file) return readAlertRules(file.text)
  return { kind: 'faults', faults: [`the file cannot be read: ${file.reason}`] }
}
