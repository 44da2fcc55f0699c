// A place for data as users write it: a folder, `s3://bucket/prefix`, or a container of an Azure storage account. Which
// kinds of places there are is decided here.

import { fileURLToPath } from 'node:url'
import { AZURE_FORM, azureLocation } from '#object-store/azure/location'
import { s3Location } from '#object-store/s3/location'
import { messageOf, PlatformError } from '#runtime/errors'
import { withoutSecrets } from '#runtime/shown_value'

/** A place, taken apart. */
export type Place =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3' }
  | { readonly kind: 'azure' }

/** Two letters at least: one is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/** Web addresses are Azure's: it has its containers there, and so has its emulator. */
const AZURE_SCHEMES = new Set(['abfss', 'https', 'http'])

const SAS_TOKEN = /[?&]sig=/i

/** Other names for the same, by what to write in their place. */
const OTHER_SCHEMES: Readonly<Record<string, string>> = {
  s3a: '; write s3:// in place of s3a://',
  s3n: '; write s3:// in place of s3n://',
  abfs: '; write abfss:// in place of abfs://',
  ...Object.fromEntries(['az', 'azure', 'wasb', 'wasbs', 'adl'].map((scheme) => [scheme, `; write ${AZURE_FORM}`])),
}

/** Reads a place. Throws CONFIG_INVALID when it is none. */
export function placeOf(url: string): Place {
  if (SAS_TOKEN.test(url)) {
    const message = `'${withoutSecrets(url)}' has a SAS token in it: leave it out, and set AZURE_STORAGE_SAS_TOKEN`
    throw new PlatformError('CONFIG_INVALID', message)
  }
  if (url === '') throw new PlatformError('CONFIG_INVALID', `the place of the data is empty; name ${FORMS}`)
  const scheme = schemeOf(url)
  if (scheme === undefined) return { kind: 'folder', path: url }
  if (scheme === 's3') return { kind: 's3' }
  if (AZURE_SCHEMES.has(scheme)) return { kind: 'azure' }
  if (scheme === 'file') return { kind: 'folder', path: pathOf(url) }
  const message = `'${withoutSecrets(url)}' is not a place for data: use ${FORMS}${OTHER_SCHEMES[scheme] ?? ''}`
  throw new PlatformError('CONFIG_INVALID', message)
}

const FORMS = `a folder, s3://bucket/prefix or ${AZURE_FORM}`

function schemeOf(url: string): string | undefined {
  return SCHEME.exec(url)?.[1]?.toLowerCase()
}

/** True for a place in a bucket. */
export function isS3Place(url: string): boolean {
  return schemeOf(url) === 's3'
}

/** True for a place in a container of Azure. */
export function isAzurePlace(url: string): boolean {
  return AZURE_SCHEMES.has(schemeOf(url) ?? '')
}

/** True for a whole bucket or container, which has nothing beside it. */
export function isWholeStore(url: string): boolean {
  if (isS3Place(url)) return s3Location(url).prefix === ''
  return isAzurePlace(url) && azureLocation(url).prefix === ''
}

/** What is wrong with a place, to stand behind the name of its setting; null when nothing is. */
export function placeFault(url: string): string | null {
  try {
    const { kind } = placeOf(url)
    if (kind === 's3') s3Location(url)
    if (kind === 'azure') azureLocation(url)
    return null
  } catch (error) {
    return `is wrong: ${withoutSecrets(messageOf(error))}`
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new PlatformError('CONFIG_INVALID', `'${url}' names no folder: write file:///the/folder`, { cause })
  }
}
