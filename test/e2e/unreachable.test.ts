// Services that are not there, or do not let us in: one clear line each, never a stack trace.

import { describe, expect, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { describeWithS3, uniqueName } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

async function failureOf(args: readonly string[], env: Env): Promise<string> {
  const command = startTickerlake(args, { DATA_DIR: temporaryFolder(), LOG_LEVEL: 'error', ...env })
  expect((await command.ended).code).toBe(1)
  expect(command.stderr).toHaveLength(1)
  return command.stderr[0] ?? ''
}

/** A port that nobody listens on: no system gives it to whoever asks for any. */
const DEAD_PORT = 1

describe('Kafka', () => {
  test('that is not there is waited for, saying so, until SIGTERM or the last attempt', async () => {
    const env = { DATA_DIR: temporaryFolder(), KAFKA_BROKERS: `127.0.0.1:${DEAD_PORT}` }
    const command = startTickerlake(['init'], env)
    await command.waitForLine(/Kafka at 127\.0\.0\.1:\d+ .*trying again/)
    await command.stop()
    // The tries are its log, which stands on stderr too; what came of them is one line behind it.
    expect(command.stderr.filter((line) => line.startsWith('tickerlake: '))).toEqual([command.stderr.at(-1)])
    expect(command.stderr.at(-1)).toMatch(/told to stop; .*\[LOG_UNREACHABLE\]$/)
    expect(command.stdout).toEqual([expect.stringContaining('keeps conditional writes')])
  })
})

describeWithS3('S3', (s3) => {
  const envOf = (changed: Env): Env => ({
    LAKE_URL: `s3://${uniqueName('lake')}/bronze`,
    S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    ...changed,
  })

  test('that refuses the password says so, and never shows it', async () => {
    const line = await failureOf(['tables'], envOf({ AWS_SECRET_ACCESS_KEY: 'wrong-password' }))
    expect(line).toContain('[STORE_AUTH_FAILED]')
    expect(line).not.toContain('wrong-password')
  })

  test('without the bucket says which, and what to do', async () => {
    expect(await failureOf(['tables'], envOf({}))).toMatch(/lake-.*init.*\[STORE_BUCKET_MISSING\]/)
  })

  test('that is not there says where it was looked for', async () => {
    const endpoint = `http://127.0.0.1:${DEAD_PORT}`
    const line = await failureOf(['tables'], envOf({ S3_ENDPOINT: endpoint }))
    expect(line).toContain(endpoint)
    expect(line).toContain('[STORE_UNREACHABLE]')
  })
})
