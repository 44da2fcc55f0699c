// `tickerlake credentials`: what the object store is entered with, and what is said where there is nothing to show.

import { expect, test } from 'vitest'
import { credentialsCommand } from '#services/cli/commands/setup/credentials'
import { runCommand } from '#support/command_context'

const KEYS = { AWS_ACCESS_KEY_ID: 'me', AWS_SECRET_ACCESS_KEY: 'secret' }

test('shows the keys that are set', async () => {
  const { stdout } = await runCommand(credentialsCommand, { env: KEYS })
  expect(stdout).toBe('access key (user)      me\nsecret key (password)  secret\n')
})

test('as JSON', async () => {
  const { stdout } = await runCommand(credentialsCommand, { env: KEYS, values: { json: true } })
  expect(JSON.parse(stdout)).toEqual({ accessKeyId: 'me', secretAccessKey: 'secret' })
})

test.each(['/data/lake', 'abfss://lake@account.dfs.core.windows.net/bronze'])(
  'without keys, says why: %s',
  async (url) => {
    await expect(runCommand(credentialsCommand, { env: { LAKE_URL: url } })).rejects.toThrow(
      /^no keys of MinIO or S3 are set \(AWS_ACCESS_KEY_ID, .*\); a lake in a folder or on Azure needs none$/,
    )
  },
)
