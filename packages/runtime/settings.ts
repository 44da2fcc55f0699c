// Settings: environment variables to typed values by zod, all errors listed at once. Cold path only.
// Each service names its own variables in its config.ts; here is only how one is read.

import { z } from 'zod'
import { PlatformError } from '#runtime/errors'

/** Environment variables as the process got them. An empty one counts as unset. */
export type Env = Readonly<Record<string, string | undefined>>

/** Settings by the name of their variable. */
export type SettingsShape = Readonly<Record<string, z.ZodType>>

/** The values that a shape reads. */
export type SettingsOf<S extends SettingsShape> = { readonly [K in keyof S]: z.infer<S[K]> }

/** Reads every setting of the shape. Throws CONFIG_INVALID, naming all wrong ones, never their secret values. */
export function readSettings<S extends SettingsShape>(env: Env, shape: S): SettingsOf<S> {
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, env[name] === '' ? undefined : env[name]]))
  const result = z.object(shape).safeParse(given)
  if (result.success) return result.data as SettingsOf<S>
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new PlatformError('CONFIG_INVALID', `wrong settings:\n  ${lines.join('\n  ')}`)
}

/** A whole number in a range. */
export function integerSetting(range: { min: number; max: number; default: number }) {
  return optionalInteger(range).default(range.default)
}

/** A whole number in a range, for a setting that has no default. */
export function optionalInteger(range: { min: number; max: number }) {
  const wanted = `must be a whole number from ${range.min} to ${range.max}`
  return z
    .string()
    .regex(/^-?\d{1,15}$/, wanted)
    .transform(Number)
    .pipe(z.number().min(range.min, wanted).max(range.max, wanted))
    .optional()
}

/** A number in a range, fractions allowed. */
export function numberSetting(range: { min: number; max: number; default: number }) {
  const wanted = `must be a number from ${range.min} to ${range.max}`
  return z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,9})?$/, wanted)
    .transform(Number)
    .pipe(z.number().min(range.min, wanted).max(range.max, wanted))
    .default(range.default)
}

/** `true` or `false`. */
export function booleanSetting(fallback: boolean) {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .default(fallback)
}
