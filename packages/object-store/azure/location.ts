// A place in a container of an Azure storage account, taken apart. Engines write it as abfss://, portals as https://,
// and Azurite has the account in the path.

import { assertWritableKey } from '#object-store/keys'
import { PlatformError } from '#runtime/errors'
import { withoutSecrets } from '#runtime/shown_value'

/** A place in a container. */
export interface AzureLocation {
  /** As engines write it, wherever the account has a host name of its own. */
  readonly url: string
  readonly account: string
  readonly container: string
  /** Empty, or ends with `/`. */
  readonly prefix: string
  /** Where the account's Blob service answers. */
  readonly serviceUrl: string
  /** False where the URL names an account that a service at another address may stand in for. */
  readonly isPathStyle: boolean
}

/** What a place on Azure looks like, for messages. */
export const AZURE_FORM = 'abfss://container@account.dfs.core.windows.net/path'

const ACCOUNT = /^[a-z0-9]{3,24}$/
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/
/** `account.dfs.core.windows.net`, and the same in other clouds and zones. */
const ACCOUNT_HOST = /^([a-z0-9]{3,24})\.((?:[a-z0-9-]+\.)*?)(?:blob|dfs)\.([a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i

const ABFSS = /^abfss:\/\/([^/@?#]*)@([^/?#]*)\/?([^?#]*?)\/*$/i
const WEB = /^(https?):\/\/([^/@?#]+)\/?([^?#]*?)\/*$/i

/** Reads the URL. Throws CONFIG_INVALID when it is not one, or names what cannot be a container or a path. */
export function azureLocation(url: string): AzureLocation {
  if (/[?#]/.test(url)) throw wrong(url, 'it ends at its path; a SAS token goes into AZURE_STORAGE_SAS_TOKEN')
  const [, container = '', host = '', path = ''] = ABFSS.exec(url) ?? []
  if (host !== '') return onAccountHost(url, { scheme: 'https', host, container, path })
  const [, scheme = '', webHost = '', webPath = ''] = WEB.exec(url) ?? []
  if (ACCOUNT_HOST.test(webHost)) {
    const [first, rest] = firstSegment(webPath)
    return onAccountHost(url, { scheme, host: webHost, container: first, path: rest })
  }
  return inAccountPath(url, { scheme, host: webHost, path: webPath })
}

interface OnHost {
  readonly scheme: string
  readonly host: string
  readonly container: string
  readonly path: string
}

function onAccountHost(url: string, { scheme, host, container, path }: OnHost): AzureLocation {
  const [, account = '', zone = '', domain = ''] = ACCOUNT_HOST.exec(host.toLowerCase()) ?? []
  if (account === '') throw wrong(url, `write ${AZURE_FORM}`)
  const root = `abfss://${container}@${account}.${zone}dfs.${domain}`
  const serviceUrl = `${scheme.toLowerCase()}://${account}.${zone}blob.${domain}`
  return { ...below(url, { root, container, path }), account, container, serviceUrl, isPathStyle: false }
}

function inAccountPath(url: string, { scheme, host, path }: Omit<OnHost, 'container'>): AzureLocation {
  if (/\.amazonaws\.com$/i.test(host)) throw wrong(url, 'write s3://bucket/prefix for a place on S3')
  const [account, inAccount] = firstSegment(path)
  const [container, rest] = firstSegment(inAccount)
  if (!ACCOUNT.test(account)) throw wrong(url, `write ${AZURE_FORM}, or https://host/account/container/path`)
  const serviceUrl = `${scheme.toLowerCase()}://${host}/${account}`
  const place = below(url, { root: `${serviceUrl}/${container}`, container, path: rest })
  return { ...place, account, container, serviceUrl, isPathStyle: true }
}

function firstSegment(path: string): readonly [first: string, rest: string] {
  const end = path.indexOf('/')
  return end < 0 ? [path, ''] : [path.slice(0, end), path.slice(end + 1)]
}

function below(url: string, { root, container, path }: { root: string; container: string; path: string }) {
  if (!CONTAINER.test(container)) {
    throw wrong(url, `'${container}' is no container: 3 to 63 lower-case letters, digits and single hyphens`)
  }
  if (path === '') return { url: root, prefix: '' }
  try {
    assertWritableKey(path)
  } catch (cause) {
    throw wrong(url, (cause as Error).message)
  }
  return { url: `${root}/${path}`, prefix: `${path}/` }
}

/** Without what follows a question mark: it may be a SAS token. */
function wrong(url: string, why: string): PlatformError {
  const shown = withoutSecrets(url.replace(/[?#].*$/s, '?...'))
  return new PlatformError('CONFIG_INVALID', `not a place on Azure: '${shown}'; ${why}`)
}
