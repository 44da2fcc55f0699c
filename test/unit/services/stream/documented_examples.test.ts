// The examples in the documentation are tried as they stand there: the code runs and puts out what it says, and the
// rules file is the built-in one.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import * as alertRules from '#services/stream/alerts/rules'
import * as config from '#services/stream/config'
import * as topologyDriver from '#services/stream/topology_driver'
import { parseAlertRules } from '#support/alert_rules'

const read = (file: string) => readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8')

/** The block of code in a document that begins with these words. */
function blockOf(file: string, beginning: string): string {
  const blocks = [...read(file).matchAll(/(?:^ {4}.*\n|^\n(?= {4}))+/gm)].map(([text]) => text.replace(/^ {4}/gm, ''))
  const found = blocks.find((block) => block.trimStart().startsWith(beginning))
  if (found === undefined) throw new Error(`${file} has no example that begins with ${beginning}`)
  return found
}

/** What the example may import, by the names that it uses. */
const MODULES: Readonly<Record<string, object>> = {
  '#services/stream/alerts/rules': alertRules,
  '#services/stream/config': config,
  '#services/stream/topology_driver': topologyDriver,
}

function valuesOf(example: string): readonly unknown[] {
  const values: unknown[] = []
  const scope: Record<string, unknown> = { values }
  for (const [, name = '', module = ''] of example.matchAll(/^import \{ (\w+) \} from '(.*)'$/gm)) {
    scope[name] = (MODULES[module] as Record<string, unknown>)[name]
    expect(scope[name], `${name} of ${module}`).toBeDefined()
  }
  const body = example.replace(/^import .*$/gm, '').replace(/^(driver\..*?)( *\/\/.*)?$/gm, 'values.push($1)')
  runInNewContext(body, scope)
  return values
}

test('quotes by hand make alerts and bars', () => {
  const [, alerts, bars, ...more] = valuesOf(blockOf('docs/semantics.md', 'import {'))
  expect(alerts).toMatchObject([{ level: 1 }])
  expect(bars).toMatchObject([{ count: 1, closedBy: 'idle' }])
  expect(more).toEqual([])
})

test.each(['README.md', 'docs/semantics.md'])('the rules file in %s is the built-in one', (file) => {
  const text = blockOf(file, '{ "rules"')
  expect(parseAlertRules(text, file)).toEqual(alertRules.DEFAULT_ALERT_RULES)
})
