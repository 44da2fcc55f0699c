// Settings: environment variables to typed values. The groups that a command needs are read as one, before anything is
// opened, and all that is wrong is listed at once. Cold path only.
// Each service names its own variables in its config.ts; here is only how they are read.

import { z } from 'zod'
import { PlatformError } from '#runtime/errors'
import { readTextFile } from '#runtime/files/text_file'
import { shownValue } from '#runtime/shown_value'

/** Environment variables as the process got them. An empty one counts as unset. */
export type Env = Readonly<Record<string, string | undefined>>

/**
 * Settings by the name of their variable. A schema's message follows that name. It says what the value must be
 * (`must be ...`), and then what it is gets added; any other message is whole.
 */
export type SettingsShape = Readonly<Record<string, z.ZodType>>

/** The values that a shape reads. */
export type SettingsOf<S extends SettingsShape> = { readonly [K in keyof S]: z.infer<S[K]> }

/** Where everything stands that is local: of the log, the lake, caches. */
export const dataDirSetting = z.string().default('./data')

/** Settings that belong together: how each is read, and what they must be together. */
export interface SettingsGroup<S extends SettingsShape = SettingsShape> {
  readonly shape: S
  readonly checks: readonly SettingsCheck[]
}

/** What no single setting can know. Skipped when one of its settings is wrong by itself. */
export interface SettingsCheck {
  readonly names: readonly string[]
  /** The whole sentence for the user; null when all is well. */
  fault(values: never): string | null
}

/** A group that can be given checks. */
export interface CheckableGroup<S extends SettingsShape> extends SettingsGroup<S> {
  /** The same group with one more check, of these settings. */
  together<N extends keyof S & string>(
    names: readonly N[],
    fault: (values: Pick<SettingsOf<S>, N>) => string | null,
  ): CheckableGroup<S>
}

/** Makes a group of a shape. */
export function settingsGroup<S extends SettingsShape>(
  shape: S,
  checks: readonly SettingsCheck[] = [],
): CheckableGroup<S> {
  return { shape, checks, together: (names, fault) => settingsGroup(shape, [...checks, { names, fault }]) }
}

/** The values of all groups that were read. */
export interface Settings {
  /** The values of a group, which must be one of those that were read. */
  of<S extends SettingsShape>(group: SettingsGroup<S>): SettingsOf<S>
}

/** Reads all groups as one. Throws CONFIG_INVALID that lists every fault, in the order of the groups. */
export function readAllSettings(env: Env, groups: readonly SettingsGroup[]): Settings {
  const read = new Map([...new Set(groups)].map((group) => [group, readGroup(env, group)]))
  // Groups may share a variable, whose fault is told once.
  const faults = new Set([...read.values()].flatMap((result) => result.faults))
  if (faults.size > 0) throw new PlatformError('CONFIG_INVALID', `wrong settings:\n  ${[...faults].join('\n  ')}`)
  return {
    of<S extends SettingsShape>(group: SettingsGroup<S>) {
      const result = read.get(group)
      if (result === undefined) throw new Error(`these settings were not read: ${Object.keys(group.shape).join(', ')}`)
      return result.values as SettingsOf<S>
    },
  }
}

/** Reads one group. Throws CONFIG_INVALID that lists every fault. */
export function readSettings<S extends SettingsShape>(env: Env, group: SettingsGroup<S>): SettingsOf<S> {
  return readAllSettings(env, [group]).of(group)
}

/** All variables of the groups, also those that name files with secrets. */
export function settingNames(groups: readonly SettingsGroup[]): readonly string[] {
  const names = groups.flatMap(({ shape }) =>
    Object.entries(shape).flatMap(([name, schema]) => (SECRETS.has(schema) ? [name, fileVariable(name)] : [name])),
  )
  return [...new Set(names)]
}

function readGroup(env: Env, { shape, checks }: SettingsGroup) {
  const values: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [name, schema] of Object.entries(shape)) {
    const result = readSetting(env, name, schema)
    if ('faults' in result) faults.push(...result.faults)
    else values[name] = result.value
  }
  for (const { names, fault } of checks) {
    const found = names.every((name) => Object.hasOwn(values, name)) ? fault(pick(values, names) as never) : null
    if (found !== null) faults.push(found)
  }
  return { values, faults }
}

function pick(values: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, values[name]]))
}

type SettingResult = { readonly value: unknown } | { readonly faults: readonly string[] }

function readSetting(env: Env, name: string, schema: z.ZodType): SettingResult {
  const given = SECRETS.has(schema) ? readSecret(env, name) : { text: env[name] || undefined }
  if ('fault' in given) return { faults: [given.fault] }
  const result = schema.safeParse(given.text, { error: () => 'must be something else' })
  if (result.success) return { value: result.data }
  const suffix = given.text === undefined ? '' : `, not ${shownValue(given.text)}`
  return {
    faults: result.error.issues.map(({ message }) => `${name} ${message}${/^must /.test(message) ? suffix : ''}`),
  }
}

/** Their values may be given as NAME_FILE: the file's content is the value. They take any text, so none is shown. */
const SECRETS = new WeakSet<z.ZodType>()

/** A secret, in the variable or in the file that NAME_FILE names. */
export function secretSetting() {
  const schema = z.string().optional()
  SECRETS.add(schema)
  return schema
}

const fileVariable = (name: string) => `${name}_FILE`

function readSecret(env: Env, name: string): { readonly text: string | undefined } | { readonly fault: string } {
  const path = env[fileVariable(name)]
  if (env[name] || !path) return { text: env[name] || undefined }
  const file = readTextFile(path)
  if ('reason' in file) return { fault: `${fileVariable(name)} names ${path}, which cannot be read: ${file.reason}` }
  const text = file.text.trim()
  return text === '' ? { fault: `${fileVariable(name)} names ${path}, which is empty` } : { text }
}

/** A range of numbers, and the words for it when others than `must be a number from ...` say it better. */
interface Range {
  readonly min: number
  readonly max: number
  readonly wanted?: string
}

/** A whole number in a range. */
export function integerSetting(range: Range & { readonly default: number }) {
  return optionalInteger(range).default(range.default)
}

/** A whole number in a range, for a setting that has no default. */
export function optionalInteger({ min, max, wanted = `must be a whole number from ${min} to ${max}` }: Range) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, wanted)
    .transform(Number)
    .pipe(z.number().min(min, wanted).max(max, wanted))
    .optional()
}

/** A number in a range, fractions allowed. */
export function numberSetting({ min, max, default: fallback }: Range & { readonly default: number }) {
  const wanted = `must be a number from ${min} to ${max}`
  return z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,9})?$/, wanted)
    .transform(Number)
    .pipe(z.number().min(min, wanted).max(max, wanted))
    .default(fallback)
}

/** `true` or `false`. */
export function booleanSetting(fallback: boolean) {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .default(fallback)
}

/** One of a few words. */
export function choiceSetting<const T extends readonly [string, string, ...string[]]>(words: T) {
  const [last, ...others] = [...words].reverse()
  return z.enum(words, `must be ${others.reverse().join(', ')} or ${last}`)
}

/** A URL of a web server. */
export function webUrlSetting() {
  return z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional()
}

/** A transform for zod: of a parser that answers with the value, or with a text that says what is wrong. */
export function parsedBy<T extends object>(parse: (text: string) => T | string) {
  return (text: string, context: { addIssue(message: string): void }): T => {
    const value = parse(text)
    if (typeof value !== 'string') return value
    context.addIssue(value)
    return z.NEVER
  }
}
