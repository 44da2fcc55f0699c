// Type widening: a column whose type became a wider one, while older files still hold the narrower. Source:
// PROTOCOL.md, Type Widening.

import { allFields, type StructField, type StructType } from '#delta/schema/schema'
import { PlatformError } from '#runtime/errors'

/** The key of a field's metadata under which its changes stand. */
const TYPE_CHANGES = 'delta.typeChanges'

const INTEGERS = ['byte', 'short', 'integer', 'long']
const DECIMAL = /^decimal\(\s*(\d+)\s*,\s*(-?\d+)\s*\)$/

/** Whether older files may hold a narrower type of the field. */
export function isWidened({ metadata }: Pick<StructField, 'metadata'>): boolean {
  return TYPE_CHANGES in metadata
}

/** Throws TABLE_UNSUPPORTED when a column's type was changed in a way that the protocol does not name. */
export function requireKnownChanges(url: string, schema: StructType): void {
  for (const { path, field } of allFields(schema)) {
    const changes = field.metadata[TYPE_CHANGES]
    if (changes === undefined) continue
    for (const change of Array.isArray(changes) ? changes : [changes]) {
      const { fromType, toType } = (change ?? {}) as { fromType?: unknown; toType?: unknown }
      if (typeof fromType === 'string' && typeof toType === 'string' && isWider(fromType, toType)) continue
      const what = `the type of the column ${path} from ${JSON.stringify(fromType)} to ${JSON.stringify(toType)}`
      const message = `the Delta table at ${url} has changed ${what} (feature typeWidening); tickerlake cannot read it`
      throw new PlatformError('TABLE_UNSUPPORTED', `${message}: write the table anew with Spark`, {
        fields: { table: url },
      })
    }
  }
}

function isWider(from: string, to: string): boolean {
  const [narrow, wide] = [INTEGERS.indexOf(from), INTEGERS.indexOf(to)]
  if (narrow >= 0 && wide >= 0) return narrow < wide
  if (to === 'double') return from === 'float' || (narrow >= 0 && from !== 'long')
  if (to === 'timestamp_ntz') return from === 'date'
  const [, precision, scale] = DECIMAL.exec(to) ?? []
  if (precision === undefined) return false
  const [wholeDigits, fractionDigits] = digitsOf(from)
  return Number(precision) - Number(scale) >= wholeDigits && Number(scale) >= fractionDigits
}

/** Digits before and behind the point that a type needs as a decimal. */
function digitsOf(type: string): readonly [whole: number, fraction: number] {
  if (INTEGERS.includes(type)) return [type === 'long' ? 20 : 10, 0]
  const [, precision = Number.NaN, scale = Number.NaN] = DECIMAL.exec(type) ?? []
  return [Number(precision) - Number(scale), Number(scale)]
}
