// The page's files as they lie in the repository and in node_modules: read once, when the page is first asked for.

import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the page, by its path in the build: `page/app.ts`, `vendor/lightweight-charts.mjs`. */
export interface PageFile {
  readonly path: string
  readonly content: Buffer
}

const WEB = join(import.meta.dirname, '..')
const ENDINGS = /\.(ts|css|svg)$/

/** All of them, in the order of their paths. */
export async function readPageFiles(): Promise<readonly PageFile[]> {
  const page = await readdir(join(WEB, 'page'), { recursive: true, withFileTypes: true })
  const own = page.filter((entry) => entry.isFile() && ENDINGS.test(entry.name))
  const paths = own.map((entry) => relative(WEB, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  const files = paths.sort().map(async (path) => ({ path, content: await readFile(join(WEB, path)) }))
  return Promise.all([...files, ...vendorFiles()])
}

/** The template of an HTML page. */
export function readPageTemplate(name: 'index.html' | 'login.html'): Promise<string> {
  return readFile(join(WEB, 'page', name), 'utf8')
}

/** lightweight-charts in one file, and its licence beside it. */
function vendorFiles(): readonly Promise<PageFile>[] {
  const root = dirname(fileURLToPath(import.meta.resolve('lightweight-charts/package.json')))
  const file = async (path: string, source: string) => ({ path, content: await readFile(join(root, source)) })
  return [
    file('vendor/lightweight-charts.mjs', 'dist/lightweight-charts.standalone.production.mjs'),
    file('vendor/lightweight-charts.LICENSE.txt', 'LICENSE'),
  ]
}
