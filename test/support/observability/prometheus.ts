// A real Prometheus for tests: the machine's own program, with a configuration, a data folder and a port of the test's.
// Without one the suites are skipped and say so; with TEST_REQUIRE_SERVICES=1 that is a failure. Debian: `prometheus`.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { missing } from '#support/engines/python'
import { preferenceOf } from '#support/services/find_service'
import { startLeashed } from '#support/services/leash'
import { runProgram, works } from '#support/services/program'
import { freePort } from '#support/services/reach'
import type { MissingService } from '#support/services/services'
import { newFolder } from '#support/temporary_folder'

const READY_TIMEOUT_MS = 60_000
const PROMTOOL_TIMEOUT_MS = 60_000

/** A value of a query's answer, with its labels. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A Prometheus that runs until the test is over. */
export interface RunningPrometheus {
  /** Asks a query as of now. Throws what Prometheus says is wrong with it. */
  query(expression: string): Promise<readonly Series[]>
  /** The alerts that fire now, each as `Name label`, where the label is its job, group or table. */
  firing(): Promise<readonly string[]>
  /** What is wrong with a rule, by its name; empty while all can be evaluated. */
  ruleErrors(): Promise<readonly string[]>
}

/** Its configuration and its rules, as text. */
export interface PrometheusFiles {
  readonly config: string
  readonly rules: string
}

/** A suite that needs Prometheus. Without it the suite is skipped. */
export async function describeWithPrometheus(name: string, body: () => void): Promise<void> {
  const found = await findPrometheus()
  if (found === 'there') describe(name, body)
  else describe(`${name} (skipped: ${found.missing})`, { skip: true, meta: { missingServices: [found.missing] } }, body)
}

async function findPrometheus(): Promise<'there' | MissingService> {
  const { env } = process
  if (preferenceOf(env.TEST_SERVICES) === 'none') return { missing: 'Prometheus: TEST_SERVICES=none' }
  const there = await Promise.all(['prometheus', 'promtool'].map((program) => works(program, ['--version'], env)))
  return there.every(Boolean) ? 'there' : missing('Prometheus', 'install it, e.g. `apt-get install prometheus`')
}

/** Runs promtool in a folder. Rejects with what it finds wrong. */
export function promtool(folder: string, args: readonly string[]): Promise<string> {
  return runProgram('promtool', args, { env: process.env, cwd: folder, timeoutMs: PROMTOOL_TIMEOUT_MS })
}

/** Starts one, and waits until it answers. */
export async function startPrometheus({ config, rules }: PrometheusFiles): Promise<RunningPrometheus> {
  const folder = newFolder()
  const address = `127.0.0.1:${await freePort()}`
  writeFileSync(join(folder, 'prometheus.yml'), config)
  writeFileSync(join(folder, 'rules.yml'), rules)
  mkdirSync(join(folder, 'data'))
  const paths = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`]
  const args = [...paths, `--web.listen-address=${address}`]
  const program = startLeashed({ command: 'prometheus', args, folder, env: process.env })
  onTestFinished(() => program.stop())
  await program.waitForLine(/ready to receive web requests/, READY_TIMEOUT_MS)
  return clientOf(`http://${address}/api/v1`)
}

interface QueryData {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
}

interface RulesData {
  readonly groups: readonly { readonly rules: readonly { name: string; health: string; lastError?: string }[] }[]
}

interface AlertsData {
  readonly alerts: readonly { readonly state: string; readonly labels: Record<string, string> }[]
}

function clientOf(api: string): RunningPrometheus {
  const ask = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`${api}/${path}`)).json()) as { status: string; error?: string; data: T }
    if (answer.status !== 'success') throw new Error(answer.error)
    return answer.data
  }
  return {
    async query(expression) {
      const { result } = await ask<QueryData>(`query?query=${encodeURIComponent(expression)}`)
      return result.map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }))
    },
    async firing() {
      const { alerts } = await ask<AlertsData>('alerts')
      const firing = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => nameOf(labels))
      return [...new Set(firing)].sort()
    },
    async ruleErrors() {
      const { groups } = await ask<RulesData>('rules')
      const rules = groups.flatMap((group) => group.rules)
      return rules
        .filter(({ health }) => health !== 'ok')
        .map((rule) => `${rule.name}: ${rule.lastError ?? rule.health}`)
    },
  }
}

function nameOf({ alertname = '', job, group, table }: Readonly<Record<string, string>>): string {
  return [alertname, job ?? group ?? table].filter(Boolean).join(' ')
}
