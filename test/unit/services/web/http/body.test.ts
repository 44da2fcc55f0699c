// What is taken as the body of a request.

import { expect, test } from 'vitest'
import { readFields, readForm } from '#services/web/http/body'
import { BODY_BYTES_MAX } from '#services/web/limits'

const post = (body: string | Uint8Array<ArrayBuffer>, type: string) =>
  new Request('http://localhost/', { method: 'POST', body, headers: { 'content-type': type } })

test('fields come as a form or as JSON', async () => {
  const form = 'application/x-www-form-urlencoded; charset=UTF-8'
  expect((await readFields(post('sql=SELECT+1', form))).get('sql')).toBe('SELECT 1')
  expect((await readFields(post('{"sql":"SELECT 1"}', 'Application/JSON'))).get('sql')).toBe('SELECT 1')
})

test.each([
  ['{"sql":', 400, 'the body is not JSON'],
  ['[]]', 400, 'the body is not JSON'],
  ['null', 400, 'the body must be a JSON object'],
  ['{"sql":1}', 400, 'sql must be a text'],
])('%s is refused', async (body, status, message) => {
  await expect(readFields(post(body, 'application/json'))).rejects.toMatchObject({ status, message })
})

test('another type is refused, and told which one is taken', async () => {
  await expect(readFields(post('x', 'text/plain'))).rejects.toMatchObject({ status: 415 })
  await expect(readForm(post('{}', 'application/json'))).rejects.toThrow(/must be application\/x-www-form-urlencoded/)
})

test('a body above the limit is refused, whatever its headers say', async () => {
  const large = new Uint8Array(BODY_BYTES_MAX + 1)
  await expect(readFields(post(large, 'application/json'))).rejects.toMatchObject({ status: 413 })
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536))
    },
  })
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://localhost/', { method: 'POST', body: endless, headers, duplex: 'half' })
  await expect(readFields(request)).rejects.toMatchObject({ status: 413 })
  expect(sent).toBeLessThan(2 * BODY_BYTES_MAX)
})
