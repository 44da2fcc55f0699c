// Settings: environment variables to typed values. The groups that a command needs are read as one, before anything is
// opened, and all that is wrong is listed at once. Cold path only.
// Each service names its own variables in its config.ts; here is only how they are read.

import { PlatformError } from '#runtime/errors'
import { readTextFile } from '#runtime/files/text_file'
import { shownValue } from '#runtime/shown_value'

/** Environment variables as the process got them. An empty one counts as unset. */
export type Env = Readonly<Record<string, string | undefined>>

/**
 * What a text comes to. A fault follows the name of the variable. It says what the value must be (`must be ...`), and
 * then what it is gets added; any other fault is whole.
 */
export type SettingReading<T> = { readonly value: T } | { readonly faults: readonly string[] }

/** How one variable is read. */
export interface Setting<T> {
  /** An unset variable is undefined. */
  read(text: string | undefined): SettingReading<T>
  /** Its value may be given as NAME_FILE: the file's content is the value. */
  readonly isSecret: boolean
  /** The same, with a value for when it is unset. */
  default(value: T): Setting<T>
  /** The same, and it may stay unset. */
  optional(): Setting<T | undefined>
  /** The same for fewer values; `wanted` says of which. */
  refine(isRight: (value: T) => boolean, wanted: string): Setting<T>
  /** Goes on from the value; also from a default. */
  map<U>(read: (value: T) => SettingReading<U>): Setting<U>
}

/** Settings by the name of their variable. */
export type SettingsShape = Readonly<Record<string, Setting<unknown>>>

/** The values that a shape reads. */
export type SettingsOf<S extends SettingsShape> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Where everything stands that is local: of the log, the lake, caches. */
export const dataDirSetting = textSetting().default('./data')

/** Settings that belong together: how each is read, and what they must be together. */
export interface SettingsGroup<S extends SettingsShape = SettingsShape> {
  readonly shape: S
  readonly checks: readonly SettingsCheck[]
  /** Stands before the names of its variables as soon as one of these is set; without any, the plain names count. */
  readonly prefix?: string
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

/**
 * The same settings for a second place, by names with a prefix. When one of these is set, all of them count and none of
 * the plain ones: a key belongs to its endpoint. When none is, the second place is reached as the first one is.
 */
export function withPrefix<S extends SettingsShape>(prefix: string, group: SettingsGroup<S>): SettingsGroup<S> {
  return { ...group, prefix }
}

/** Settings of which all must be set, or none; says which ones are missing. */
export function missingOf(values: Readonly<Record<string, string | undefined>>): string | null {
  const names = Object.keys(values)
  const given = names.filter((name) => values[name] !== undefined)
  const missing = names.filter((name) => values[name] === undefined)
  if (given.length === 0 || missing.length === 0) return null
  return `${missing.join(' and ')} must be set too, since ${given.join(' and ')} ${given.length > 1 ? 'are' : 'is'}`
}

/** The values of all groups that were read. */
export interface Settings {
  /** The values of a group, which must be one of those that were read. */
  of<S extends SettingsShape>(group: SettingsGroup<S>): SettingsOf<S>
  /** What stood before the names of the group's variables: its prefix, or nothing. */
  prefixOf(group: SettingsGroup): string
}

/** Reads all groups as one. Throws CONFIG_INVALID that lists every fault, in the order of the groups. */
export function readAllSettings(env: Env, groups: readonly SettingsGroup[]): Settings {
  const read = new Map([...new Set(groups)].map((group) => [group, readGroup(env, group)]))
  // Groups may share a variable, whose fault is told once.
  const faults = new Set([...read.values()].flatMap((result) => result.faults))
  if (faults.size > 0) throw wrongSettings([...faults])
  const resultOf = (group: SettingsGroup) => {
    const result = read.get(group)
    if (result === undefined) throw new Error(`these settings were not read: ${Object.keys(group.shape).join(', ')}`)
    return result
  }
  return {
    of: <S extends SettingsShape>(group: SettingsGroup<S>) => resultOf(group).values as SettingsOf<S>,
    prefixOf: (group) => resultOf(group).prefix,
  }
}

/** One fault is one line, as any failure. */
function wrongSettings(faults: readonly string[]): PlatformError {
  const [only] = faults
  const message = faults.length === 1 ? `wrong setting: ${only}` : `wrong settings:\n  ${faults.join('\n  ')}`
  return new PlatformError('CONFIG_INVALID', message)
}

/** Reads one group. Throws CONFIG_INVALID that lists every fault. */
export function readSettings<S extends SettingsShape>(env: Env, group: SettingsGroup<S>): SettingsOf<S> {
  return readAllSettings(env, [group]).of(group)
}

/** All variables of the groups, also those that name files with secrets. */
export function settingNames(groups: readonly SettingsGroup[]): readonly string[] {
  return [...new Set(groups.flatMap(({ shape, prefix = '' }) => variablesOf(shape, prefix)))]
}

function variablesOf(shape: SettingsShape, prefix: string): readonly string[] {
  return Object.entries(shape).flatMap(([name, { isSecret }]) =>
    isSecret ? [prefix + name, fileVariable(prefix + name)] : [prefix + name],
  )
}

function readGroup(env: Env, { shape, checks, prefix: wanted = '' }: SettingsGroup) {
  const prefix = variablesOf(shape, wanted).some((name) => env[name]) ? wanted : ''
  const values: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [name, setting] of Object.entries(shape)) {
    const result = readSetting(env, prefix + name, setting)
    if ('faults' in result) faults.push(...result.faults)
    else values[name] = result.value
  }
  for (const { names, fault } of checks) {
    const found = names.every((name) => Object.hasOwn(values, name)) ? fault(pick(values, names) as never) : null
    if (found !== null) faults.push(withPrefixed(found, names, prefix))
  }
  return { values, faults, prefix }
}

/** A sentence about settings, with the names that they were read by. */
export function withPrefixed(sentence: string, names: readonly string[], prefix: string): string {
  if (prefix === '') return sentence
  return sentence.replace(/\b[A-Z][A-Z0-9_]+\b/g, (word) => (names.includes(word) ? prefix + word : word))
}

function pick(values: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, values[name]]))
}

function readSetting(env: Env, name: string, setting: Setting<unknown>): SettingReading<unknown> {
  const given = setting.isSecret ? readSecret(env, name) : { text: env[name] || undefined }
  if ('fault' in given) return { faults: [given.fault] }
  const result = setting.read(given.text)
  if ('value' in result) return result
  const suffix = given.text === undefined || setting.isSecret ? '' : `, not ${shownValue(given.text)}`
  return { faults: result.faults.map((fault) => `${name} ${fault}${/^must /.test(fault) ? suffix : ''}`) }
}

/** A secret, in the variable or in the file that NAME_FILE names. It may be any text, so none is ever shown. */
export function secretSetting(): Setting<string | undefined> {
  return settingOf(textSetting().optional().read, true)
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
export function integerSetting(range: Range & { readonly default: number }): Setting<number> {
  return numberIn(/^-?\d{1,15}$/, { wanted: integerWanted(range), ...range }).default(range.default)
}

/** A whole number in a range, for a setting that has no default. */
export function optionalInteger(range: Range): Setting<number | undefined> {
  return numberIn(/^-?\d{1,15}$/, { wanted: integerWanted(range), ...range }).optional()
}

/** A number in a range, fractions allowed. */
export function numberSetting(range: Range & { readonly default: number }): Setting<number> {
  const wanted = `must be a number from ${range.min} to ${range.max}`
  return numberIn(/^-?\d{1,15}(\.\d{1,9})?$/, { wanted, ...range }).default(range.default)
}

function integerWanted({ min, max }: Range): string {
  return `must be a whole number from ${min} to ${max}`
}

function numberIn(form: RegExp, { min, max, wanted }: Required<Range>): Setting<number> {
  return formedSetting(form, wanted)
    .map((text) => ({ value: Number(text) }))
    .refine((value) => value >= min && value <= max, wanted)
}

/** Any text. */
export function textSetting(): Setting<string> {
  return settingOf((text) => (text === undefined ? { faults: ['must be set'] } : { value: text }))
}

/** A text of one form; `wanted` says which. */
export function formedSetting(form: RegExp, wanted: string): Setting<string> {
  return textSetting().refine((text) => form.test(text), wanted)
}

/** `true` or `false`. */
export function booleanSetting(fallback: boolean): Setting<boolean> {
  return formedSetting(/^(true|false)$/, 'must be true or false')
    .map((text) => ({ value: text === 'true' }))
    .default(fallback)
}

/** One of a few words. */
export function choiceSetting<const T extends readonly [string, string, ...string[]]>(words: T): Setting<T[number]> {
  const [last, ...others] = [...words].reverse()
  const wanted = `must be ${others.reverse().join(', ')} or ${last}`
  return textSetting().map((text) => {
    const word: T[number] | undefined = words.find((each) => each === text)
    return word === undefined ? { faults: [wanted] } : { value: word }
  })
}

/** A URL of a web server. */
export function webUrlSetting(): Setting<string | undefined> {
  return textSetting()
    .map((text) => ({ value: text.trim() }))
    .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), 'must be an http:// or https:// URL')
    .optional()
}

/** For `map`: a parser that answers with the value, or with a text that says what is wrong. */
export function parsedBy<T extends object>(parse: (text: string) => T | string) {
  return (text: string): SettingReading<T> => {
    const value = parse(text)
    return typeof value === 'string' ? { faults: [value] } : { value }
  }
}

function settingOf<T>(read: Setting<T>['read'], isSecret = false): Setting<T> {
  const same = <U>(from: Setting<U>['read']) => settingOf(from, isSecret)
  return {
    read,
    isSecret,
    default: (value) => same((text) => (text === undefined ? { value } : read(text))),
    optional: () => same<T | undefined>((text) => (text === undefined ? { value: undefined } : read(text))),
    refine: (isRight, wanted) =>
      same((text) => {
        const result = read(text)
        return 'faults' in result || isRight(result.value) ? result : { faults: [wanted] }
      }),
    map: (go) =>
      same((text) => {
        const result = read(text)
        return 'faults' in result ? result : go(result.value)
      }),
  }
}
