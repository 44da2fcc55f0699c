// What the browser is sent of the page's own files.

import { expect, test } from 'vitest'
import { openAssets } from '#services/web/http/assets'

const assets = await openAssets()
const root = `/assets/${assets.build}/`
const ask = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
  assets.asset(new Request(`http://localhost${path}`, { headers }))

test('the page names its script by the build, and all its modules at once, and has nothing inline', async () => {
  const html = await (await assets.page(new Request('http://localhost/'))).text()
  expect(html).toContain(`<script type="module" src="${root}page/app.ts"></script>`)
  expect(html).toContain(`<link rel="modulepreload" href="${root}page/value.ts">`)
  expect(html).toContain(`<link rel="modulepreload" href="${root}vendor/lightweight-charts.mjs">`)
  expect(html).not.toMatch(/<script>|<style|style=|\son[a-z]+=/)
})

test('TypeScript comes as JavaScript, and stays as long as its address', async () => {
  const response = await ask(`${root}page/value.ts`)
  expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const text = await response.text()
  expect(text).toContain('export class Value')
  expect(text).not.toContain('<T>')
})

test('who takes gzip gets gzip', async () => {
  const response = await ask(`${root}page/value.ts`, { 'accept-encoding': 'gzip, br' })
  expect(response.headers.get('content-encoding')).toBe('gzip')
  const text = new Response(response.body?.pipeThrough(new DecompressionStream('gzip')))
  expect(await text.text()).toBe(await (await ask(`${root}page/value.ts`)).text())
})

test('the chart library comes whole, with its licence beside it', async () => {
  const library = await (await ask(`${root}vendor/lightweight-charts.mjs`)).text()
  expect(library).toMatch(/^\/\*!\s+\* @license\s+\* TradingView Lightweight Charts/)
  expect(await (await ask(`${root}vendor/lightweight-charts.LICENSE.txt`)).text()).toContain('Apache License')
})

test.each([
  '/assets/0000000000000000/page/app.ts',
  `${root}../web.ts`,
  `${root}page/../../web.ts`,
  `${root}%2e%2e/web.ts`,
  `${root}page/index.html`,
  `${root}page/tsconfig.json`,
  `${root}web.ts`,
  `${root}constructor`,
])('%s is nothing', async (path) => {
  await expect(ask(path)).rejects.toThrow(/^there is no /)
})
