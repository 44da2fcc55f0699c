// ALERT_RULES: the file is read once, with the settings, so that its errors are listed with all else that is wrong.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { messageOf } from '#runtime/errors'
import { type AlertRule, DEFAULT_ALERT_RULES, readAlertRules } from '#services/stream/alert_rules'

/** A setting that names a file and has its rules as the value; the built-in rules when it is unset. */
export function alertRulesSetting() {
  return z
    .string()
    .optional()
    .transform((path, context): readonly AlertRule[] => {
      if (path === undefined) return DEFAULT_ALERT_RULES
      const reading = readFile(path)
      if (reading.kind === 'rules') return reading.rules
      for (const fault of reading.faults) context.addIssue(`(${path}): ${fault}`)
      return z.NEVER
    })
}

function readFile(path: string) {
  try {
    return readAlertRules(utf8Text(readFileSync(path)))
  } catch (error) {
    return { kind: 'faults', faults: [`the file cannot be read: ${messageOf(error)}`] } as const
  }
}

/** Without a byte order mark. UTF-16 without one decodes as UTF-8 that is full of zeros. */
function utf8Text(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  if (/[\0\ufffd]/.test(text)) throw new Error('it is not UTF-8; save it as UTF-8')
  return text
}
