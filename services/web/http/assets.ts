// The page's files as a browser takes them, below one address that changes with their content: so they may be kept for
// good. TypeScript is sent as JavaScript. A module imports a vendored package by its name; the browser is told its
// address.

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type PageFile, readPageFiles, readPageTemplate } from '#services/web/http/page_files'
import type { Route } from '#services/web/http/route'
import { stripTypes } from '#services/web/http/strip_types'
import { RequestError } from '#services/web/request_error'

/** The page's files, ready to be sent. */
export interface Assets {
  /** Changes with the files. */
  readonly build: string
  /** Answers `/`. */
  readonly page: Route
  /** The login form, with a sentence above it. */
  readonly loginPage: (status: number, sentence: string) => Response
  /** Answers `/assets/...`. */
  readonly asset: Route
}

const TYPES: Readonly<Record<string, string>> = {
  ts: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
}

const [pack, unpack] = [promisify(gzip), promisify(gunzip)]

/** Reads the files once for what they are named by. What is sent is made when the page is first asked for, and kept. */
export async function openAssets(): Promise<Assets> {
  const [files, template, loginTemplate] = await Promise.all([
    readPageFiles(),
    readPageTemplate('index.html'),
    readPageTemplate('login.html'),
  ])
  const build = buildOf(files)
  const root = `/assets/${build}/`
  const sheets = styleSheets(files, root)
  const modules = modulePreloads(files, root)
  const [page, login] = [template, loginTemplate].map((html) =>
    html.replace('<!-- styles -->', sheets).replace('<!-- modules -->', modules).replaceAll('BUILD', build),
  ) as [string, string]
  const packed = once(() => packedFiles(root))
  return {
    build,
    page() {
      // The browser asks for them next. A failure is told then.
      packed().catch(() => {})
      return htmlResponse(page)
    },
    loginPage: (status, sentence) => htmlResponse(login.replace('SENTENCE', sentence), status),
    async asset(request) {
      const { pathname } = new URL(request.url)
      const body = (await packed()).get(pathname)
      if (body === undefined) throw noAsset(pathname)
      return assetResponse(request, { type: typeOf(pathname), body })
    },
  }
}

function buildOf(files: readonly PageFile[]): string {
  const hash = createHash('sha256')
  for (const { path, content } of files) hash.update(`${path}\0${content.length}\0`).update(content)
  return hash.digest('hex').slice(0, 16)
}

/** Every style sheet of the page, the theme first. */
function styleSheets(files: readonly PageFile[], root: string): string {
  const paths = files.map((file) => file.path).filter((path) => path.endsWith('.css'))
  const isTheme = (path: string) => path.endsWith('/theme.css')
  const ordered = [...paths.filter(isTheme), ...paths.filter((path) => !isTheme(path))]
  return ordered.map((path) => `<link rel="stylesheet" href="${root}${path}">`).join('\n    ')
}

/** All modules at once: found by one another's imports they would come in a dozen rounds, one after the other. */
function modulePreloads(files: readonly PageFile[], root: string): string {
  const paths = files.map((file) => file.path).filter((path) => /\.(ts|mjs)$/.test(path))
  return paths.map((path) => `<link rel="modulepreload" href="${root}${path}">`).join('\n    ')
}

function htmlResponse(html: string, status = 200): Response {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(html, { status, headers })
}

/** The work's result, for all who ask; a failed one is tried anew by the next. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined
      throw error
    })
    return running
  }
}

/** The bodies by address, packed: browsers take them so, and they are a third of the size. */
async function packedFiles(root: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = await readPageFiles()
  const modules = files.filter((file) => file.path.endsWith('.ts'))
  const stripped = await stripTypes(Object.fromEntries(modules.map(({ path, content }) => [path, content.toString()])))
  const packed = new Map<string, Buffer>()
  // One after the other: each packing takes a quarter of a megabyte while it is at work.
  for (const { path, content } of files) {
    packed.set(root + path, await pack(stripped[path]?.replace(VENDORED, `$1 '${root}vendor/$2.mjs'`) ?? content))
  }
  return packed
}

const VENDORED = /\b(from|import) '(lightweight-charts)'/g

function typeOf(path: string): string {
  return TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
}

async function assetResponse(request: Request, { type, body }: { type: string; body: Buffer }): Promise<Response> {
  const immutable = 'public, max-age=31536000, immutable'
  const headers = { 'content-type': type, 'cache-control': immutable, vary: 'accept-encoding' }
  const isPacked = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (isPacked) return new Response(new Uint8Array(body), { headers: { ...headers, 'content-encoding': 'gzip' } })
  return new Response(new Uint8Array(await unpack(body)), { headers })
}

function noAsset(path: string): RequestError {
  const message = `there is no ${path}: the page has changed since, so load it anew`
  return new RequestError(404, 'NOT_FOUND', { message })
}
