// Who is let in where a token is set.

import { expect, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { tokenGate } from '#services/web/http/token_gate'

const token = '0123456789abcdef'
const loginPage = (status: number, sentence: string) => new Response(sentence, { status })
const gate = tokenGate({ token, loginPage, clock: { ...systemClock, sleep: async () => {} } })
const request = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  new Request(`http://localhost${path}`, { headers })
const login = (given: string) =>
  gate.login(new Request('http://localhost/login', { method: 'POST', body: new URLSearchParams({ token: given }) }))

test('without the token the page is a login form, and the API an error', async () => {
  expect((await gate.answerInstead(request('/')))?.status).toBe(401)
  for (const path of ['/api/symbols', '/api/stream', '/api/sql', '/nowhere', '/assets']) {
    await expect(gate.answerInstead(request(path))).rejects.toMatchObject({ status: 401, code: 'TOKEN_NEEDED' })
  }
})

test('with it as a bearer token all is answered', async () => {
  expect(await gate.answerInstead(request('/api/symbols', { authorization: `Bearer ${token}` }))).toBeUndefined()
})

test.each(['Bearer 0123456789abcdeF', `Bearer ${token}0`, `Basic ${token}`, token, 'Bearer', 'Bearer '])(
  '%j is not the token',
  async (authorization) => {
    await expect(gate.answerInstead(request('/api/symbols', { authorization }))).rejects.toMatchObject({ status: 401 })
  },
)

test('the login form gives a cookie that scripts and other sites never see, and that lets in', async () => {
  const response = await login(token)
  expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
  const cookie = response.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^tickerlake_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  expect(cookie).not.toContain(token)
  const [pair = ''] = cookie.split(';')
  expect(await gate.answerInstead(request('/api/symbols', { cookie: `other=1; ${pair}` }))).toBeUndefined()
  await expect(gate.answerInstead(request('/api/x', { cookie: `${pair}0` }))).rejects.toMatchObject({ status: 401 })
})

test('a wrong token is told so, after a while', async () => {
  const slept: number[] = []
  const clock = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) }
  const slow = tokenGate({ token, loginPage, clock })
  const body = new URLSearchParams({ token: 'wrong' })
  const response = await slow.login(new Request('http://localhost/login', { method: 'POST', body }))
  expect([response.status, response.headers.has('set-cookie')]).toEqual([401, false])
  expect(slept).toEqual([500])
})

test('the style of the login form needs no token', async () => {
  expect(await gate.answerInstead(request('/assets/0123/page/shell/theme.css'))).toBeUndefined()
})
