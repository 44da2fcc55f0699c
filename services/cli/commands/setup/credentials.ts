// `tickerlake credentials`: what to type into MinIO's console. Compose makes them at random, so somebody has to tell.

import { PlatformError } from '#runtime/errors'
import type { Command } from '#services/cli/command'
import { lakeSettings } from '#services/platform/settings'

/** Prints the object store's credentials as the settings give them. */
export const credentialsCommand: Command = {
  name: 'credentials',
  usage: '[--json]',
  details: `With docker compose they are made at the first start:
  docker compose run --rm cli credentials`,
  options: { json: { type: 'boolean', description: 'as a JSON object' } },
  settings: [lakeSettings],
  async run({ settings, stdout }, { values }) {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings.of(lakeSettings)
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      const names = 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY'
      const message = `no keys of MinIO or S3 are set (${names}); a lake in a folder or on Azure needs none`
      throw new PlatformError('USAGE', message)
    }
    const text = `access key (user)      ${accessKeyId}\nsecret key (password)  ${secretAccessKey}`
    stdout.write(`${values.json === true ? JSON.stringify({ accessKeyId, secretAccessKey }) : text}\n`)
  },
}
