// Settings as they are documented and handed on: docs/operations.md, docker-compose.yaml and .env.example say what the
// code reads.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings, settingNames } from '#runtime/settings'
import { SETTING_NAMES } from '#services/cli/setting_names'
import { speechSettings } from '#services/platform/settings'
import { ALL_COMMANDS, ALL_SETTINGS } from '#support/all_commands'

const read = (file: string) => readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8')
const names = ALL_SETTINGS.flatMap(({ shape }) => Object.keys(shape))

test('the names that a misspelt one is compared with are those of all settings', () => {
  expect([...SETTING_NAMES].sort()).toEqual([...settingNames(ALL_SETTINGS)].sort())
})

describe('the tables of docs/operations.md', () => {
  const rows = (/^## Settings\n(.*?)^## /ms.exec(read('docs/operations.md'))?.[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, settings = '', defaults = '']) => ({ settings: inQuotes(settings), defaults }))

  test('have every setting once, and no other', () => {
    expect(rows.flatMap((row) => row.settings).sort()).toEqual([...new Set(names)].sort())
  })

  test('have their defaults', () => {
    const values = Object.assign({}, ...ALL_SETTINGS.map((group) => readSettings({}, group)))
    const missing = rows.flatMap(({ settings, defaults }) =>
      settings.filter((name) => {
        const isTold = ['number', 'string'].includes(typeof values[name])
        return (
          isTold &&
          !defaults
            .replaceAll('`', '')
            .split(/[,;:] /)
            .includes(String(values[name]))
        )
      }),
    )
    expect(missing).toEqual([])
  })
})

/** What a service in compose cannot be given from outside, and why. */
const NOT_HANDED_ON: Readonly<Record<string, string>> = {
  DATA_DIR: 'the image sets it to its volume',
  KAFKA_SSL: 'the broker is the one in compose, within its network',
  KAFKA_SASL_MECHANISM: 'the same',
  KAFKA_SASL_USERNAME: 'the same',
  KAFKA_SASL_PASSWORD: 'the same',
  AWS_ACCESS_KEY_ID: 'made at the first start, and given as a file',
  AWS_SECRET_ACCESS_KEY: 'the same',
  AZURE_FEDERATED_TOKEN_FILE: 'Kubernetes sets it, and compose is not that',
  SQL_CACHE_DIR: 'a folder in the volume',
  SQL_HISTORY_FILE: 'a file in the volume',
}

/** A secret of Azure may be a file of the folder AZURE_CREDENTIALS, for whoever may be given the secret itself. */
const AZURE_SECRET_FILES = ['AZURE_STORAGE_KEY_FILE', 'AZURE_STORAGE_SAS_TOKEN_FILE', 'AZURE_CLIENT_SECRET_FILE']

describe('docker-compose.yaml', () => {
  const compose = read('docker-compose.yaml')
  const blocks = new Map(
    [...compose.matchAll(/^(?: {2}|x-)([a-z-]+):(?: &([a-z-]+))?\n((?:(?: {4}.*| {2}[A-Z_<].*| {2}#.*)?\n)+)/gm)].map(
      ([, name = '', anchor, text = '']) => [anchor ?? name, text],
    ),
  )
  const commands: Readonly<Record<string, (name: string) => boolean>> = {
    init: (name) => name === 'init',
    producer: (name) => name === 'produce',
    stream: (name) => name === 'stream',
    writer: (name) => name === 'write',
    web: (name) => name === 'web',
    copy: (name) => name === 'copy',
    cli: (name) => !['init', 'produce', 'stream', 'write', 'web', 'start'].includes(name),
  }

  /** The variables of a service: its own, and those of the anchors that it takes in. */
  function variablesOf(service: string): readonly string[] {
    const text = blocks.get(service) ?? ''
    const merged = [...text.matchAll(/^ +<<: (.*)$/gm)].flatMap(([, list = '']) => [...list.matchAll(/\*([a-z-]+)/g)])
    const own = [...text.matchAll(/^ +([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name)
    return [...own, ...merged.flatMap(([, anchor = '']) => variablesOf(anchor))]
  }

  test.each(Object.keys(commands))('hands on to %s all that it could need', (service) => {
    const groups = ALL_COMMANDS.map(({ command }) => command)
      .filter(({ name }) => commands[service]?.(name))
      .flatMap(({ settings }) => settings)
    const needed = [...groups, speechSettings].flatMap(({ shape }) => Object.keys(shape))
    const given = new Set([...variablesOf(service), ...Object.keys(NOT_HANDED_ON)])
    expect(needed.filter((name) => !given.has(name))).toEqual([])
  })

  test.each(['copy', 'cli'])('gives %s the secrets of Azure as files, and their folder', (service) => {
    expect(AZURE_SECRET_FILES.filter((name) => !variablesOf(service).includes(name))).toEqual([])
    expect(blocks.get(service)).toContain(`"\${AZURE_CREDENTIALS:-/dev/null}:/azure:ro"`)
  })

  test('names no setting that does not exist', () => {
    const known = settingNames(ALL_SETTINGS)
    const given = Object.keys(commands).flatMap(variablesOf)
    expect(given.filter((name) => !known.includes(name) && name !== 'TMPDIR')).toEqual([])
    expect(Object.keys(NOT_HANDED_ON).filter((name) => !names.includes(name))).toEqual([])
  })

  test('takes from .env what .env.example offers, and all of that', () => {
    const taken = [...compose.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name = '']) => name)
    const offered = [...read('.env.example').matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name = '']) => name)
    expect([...offered].sort()).toEqual([...new Set(taken)].sort())
  })
})

describe('docker-compose.azure.yaml', () => {
  const [compose, azure] = [read('docker-compose.yaml'), read('docker-compose.azure.yaml')]
  const [environment = ''] = /^x-environment:.*?^$/ms.exec(compose) ?? []
  const services = [...compose.matchAll(/^ {2}([a-z-]+):\n((?: {4}.*\n)+)/gm)]

  test.each(services.filter(([, , text = '']) => /\*(environment|long-running)\b/.test(text)).map(([, name]) => name))(
    'takes MinIO from %s',
    (name) => expect(azure).toMatch(new RegExp(`^  ${name}:.*(\\n    .*)*\\*(environment|long-running)`, 'm')),
  )

  test('gives every service the secrets as files, and their folder', () => {
    const shared = /^x-environment:.*?^$/ms.exec(azure)?.[0] ?? ''
    expect(AZURE_SECRET_FILES.filter((name) => !shared.includes(`  ${name}: \${${name}:-}\n`))).toEqual([])
    expect(azure.match(/volumes: (\*azure-folder|&azure-folder)/g)).toHaveLength(3)
    expect(azure).toContain(`volumes: &azure-folder ["\${AZURE_CREDENTIALS:-/dev/null}:/azure:ro"]`)
  })

  test('takes away what leads to MinIO, and has MinIO started by nobody', () => {
    const itsOwn = [...environment.matchAll(/^ {2}(S3_ENDPOINT|AWS_\w+_FILE):/gm)].map(([, name = '']) => name)
    expect(itsOwn).toHaveLength(3)
    for (const name of itsOwn) expect(azure).toContain(`  ${name}: ""\n`)
    for (const name of ['minio', 'make-credentials']) expect(azure).toContain(`  ${name}: { profiles: [minio] }\n`)
    expect(azure.match(/depends_on: !override\n/g)).toHaveLength(compose.match(/^ +minio: \{ condition/gm)?.length ?? 0)
  })
})

function inQuotes(text: string): readonly string[] {
  return [...text.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name = '']) => name)
}
