// How log lines are written, and by whom when nothing may ever be said.

import { describe, expect, test } from 'vitest'
import { createLogger, lateLogger } from '#runtime/logger'

const pretty = (lines: string[]) =>
  createLogger({ level: 'info', format: 'pretty', write: (text) => void lines.push(text) })

describe('a logger that is built when it is first spoken to', () => {
  test('is not built before', () => {
    lateLogger(() => {
      throw new Error('built')
    })
  })

  test('is built once, and says what it is told at each level', () => {
    const lines: string[] = []
    let builds = 0
    const logger = lateLogger(() => {
      builds++
      return pretty(lines)
    })
    logger.debug('unheard')
    logger.info('some')
    logger.warn({ count: 3 }, 'more')
    logger.error('most')
    expect(builds).toBe(1)
    expect(lines.map((line) => line.replace(/^\[.*?\] /, ''))).toEqual([
      'INFO: some\n',
      'WARN: more {"count":3}\n',
      'ERROR: most\n',
    ])
  })
})
