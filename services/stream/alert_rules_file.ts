// ALERT_RULES: the file is read once, with the settings, so that its errors are listed with all else that is wrong.

import { readTextFile } from '#runtime/files/text_file'
import { type Setting, textSetting } from '#runtime/settings'
import { withoutSecrets } from '#runtime/shown_value'
import {
  type AlertRule,
  type AlertRulesReading,
  DEFAULT_ALERT_RULES,
  readAlertRules,
} from '#services/stream/alerts/rules'

/** A setting that names a file and has its rules as the value; the built-in rules when it is unset. */
export function alertRulesSetting(): Setting<readonly AlertRule[]> {
  return textSetting()
    .optional()
    .map((path) => {
      if (path === undefined) return { value: DEFAULT_ALERT_RULES }
      const reading = readRulesFile(path)
      if (reading.kind === 'rules') return { value: reading.rules }
      return { faults: reading.faults.map((fault) => `(${withoutSecrets(path)}): ${fault}`) }
    })
}

function readRulesFile(path: string): AlertRulesReading {
  const file = readTextFile(path)
  if ('text' in file) return readAlertRules(file.text)
  return { kind: 'faults', faults: [`the file cannot be read: ${file.reason}`] }
}
