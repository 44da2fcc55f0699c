// Settings of the page's server: where it listens, and who may ask it. Whoever reaches it from another machine must
// have a token.

import { isIP } from 'node:net'
import {
  booleanSetting,
  formedSetting,
  integerSetting,
  type SettingsOf,
  secretSetting,
  settingsGroup,
} from '#runtime/settings'
import { TOKEN_CHARS_MIN } from '#services/web/limits'

/** The variables of the page's server. */
export const webSettings = settingsGroup({
  /** 0: `start` runs without the page, and `web` takes any free port. */
  WEB_PORT: integerSetting({ min: 0, max: 65_535, default: 8080 }),
  WEB_HOST: formedSetting(
    /^[A-Za-z0-9.:_-]+$/,
    'must be an address of this machine, such as 127.0.0.1 or 0.0.0.0',
  ).default('127.0.0.1'),
  WEB_HOST_NAMES: formedSetting(
    /^[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*$/,
    'must be a host name, or several of these with commas between',
  )
    .map((text) => ({ value: text.toLowerCase().split(',') }))
    .default([]),
  WEB_TOKEN: secretSetting(),
  WEB_WITHOUT_TOKEN: booleanSetting(false),
  WEB_SQL: formedSetting(/^(on|off)$/, 'must be on or off')
    .map((text) => ({ value: text === 'on' }))
    .default(true),
})
  .together(['WEB_TOKEN'], ({ WEB_TOKEN: token }) =>
    token === undefined || token.length >= TOKEN_CHARS_MIN
      ? null
      : `WEB_TOKEN must have ${TOKEN_CHARS_MIN} characters or more; \`openssl rand -hex 16\` makes one`,
  )
  .together(['WEB_HOST', 'WEB_TOKEN', 'WEB_WITHOUT_TOKEN'], ({ WEB_HOST: host, ...given }) => {
    if (isLoopback(host) || given.WEB_TOKEN !== undefined || given.WEB_WITHOUT_TOKEN) return null
    const advice = 'or WEB_WITHOUT_TOKEN=true where nobody else can reach the port'
    return `WEB_HOST ${host} can be reached from other machines: set WEB_TOKEN too, ${advice}`
  })

/** The settings as the server takes them. */
export interface WebConfig {
  /** 0: any free one. */
  readonly port: number
  readonly host: string
  /** Names, besides localhost and addresses, that the server is reached by; in lower case. */
  readonly hostNames: readonly string[]
  /** What who asks must know; undefined: nothing. */
  readonly token: string | undefined
  /** Whether it answers SQL. */
  readonly sql: boolean
}

/** The settings as the server takes them. */
export function webConfig(settings: SettingsOf<typeof webSettings.shape>): WebConfig {
  return {
    port: settings.WEB_PORT,
    host: settings.WEB_HOST,
    hostNames: settings.WEB_HOST_NAMES,
    token: settings.WEB_TOKEN,
    sql: settings.WEB_SQL,
  }
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
