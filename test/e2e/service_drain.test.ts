// Batch use: topics made, a source published, streamed and written, each by a command that ends. Where stdout is a
// summary or data, no log line is on it, however much there is to say.

import { expect, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { COMMANDS } from '#services/cli/commands'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithServices } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

async function outputOf(args: readonly string[], env: Env) {
  const command = startTickerlake(args, env)
  command.input('')
  const { code } = await command.ended
  return { code, stdout: command.stdout, stderr: command.stderr }
}

const SOURCE: Env = { SOURCE: 'simulator', SIMULATOR_QUOTES: '500', SIMULATOR_RATE: '1000000' }

async function batch(env: Env): Promise<void> {
  expect(await outputOf(['stream', '--drain'], env)).toMatchObject({ code: 1, stdout: [] })
  expect((await outputOf(['init'], env)).code).toBe(0)
  expect((await outputOf(['stream', '--drain'], env)).stdout).toEqual(['stream    nothing to do'])
  expect((await outputOf(['produce'], { ...env, ...SOURCE })).code).toBe(0)

  const streamed = await outputOf(['stream', '--drain', '--json'], env)
  expect(streamed.code).toBe(0)
  expect(JSON.parse(streamed.stdout.join('\n'))).toMatchObject({
    stream: { read: 500, valid: 500 },
    partitions: { taken: 3, leftToOthers: 0 },
  })
  const written = await outputOf(['write', '--drain'], env)
  expect(written).toMatchObject({ code: 0, stdout: [expect.stringMatching(/^writer {4}rows .*stocks 500/)] })
  expect((await outputOf(['stream', '--drain'], env)).stdout).toEqual(['stream    nothing to do'])
  expect((await outputOf(['write', '--drain'], env)).stdout).toEqual(['writer    nothing to do'])
}

test('on an embedded log', async () => {
  await batch({ DATA_DIR: temporaryFolder(), TOPIC_PARTITIONS: '3' })
}, 180_000)

describeWithServices('on Kafka', ({ kafka }) => {
  test('the same', async () => {
    await deletePlatformTopics(kafka.brokers)
    await batch({ DATA_DIR: temporaryFolder(), TOPIC_PARTITIONS: '3', KAFKA_BROKERS: kafka.brokers })
  }, 180_000)
})

const WORDS: Readonly<Record<string, readonly string[]>> = {
  start: ['--drain', '--json'],
  stream: ['--drain', '--json'],
  write: ['--drain', '--json'],
  sql: ['SELECT 1'],
  history: ['stocks'],
  vacuum: ['stocks'],
  verify: ['--log'],
}

test('no command writes its log where its data or its summary goes', async () => {
  const env = { DATA_DIR: temporaryFolder(), TOPIC_PARTITIONS: '1', LOG_LEVEL: 'debug', LOG_FORMAT: 'json', ...SOURCE }
  const isLogLine = (line: string) => /^\{.*"level":\d+,/.test(line)
  const logged: string[] = []
  // `produce` and `web` are services to their end: their stdout is for people.
  for (const { name } of COMMANDS.filter((command) => !['produce', 'web'].includes(command.name))) {
    const { stdout, stderr } = await outputOf([name, ...(WORDS[name] ?? [])], env)
    expect({ name, lines: stdout.filter(isLogLine) }).toEqual({ name, lines: [] })
    if (stderr.some(isLogLine)) logged.push(name)
  }
  expect(logged).toEqual(expect.arrayContaining(['start', 'write']))
}, 180_000)
