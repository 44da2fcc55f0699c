// A real browser for tests of the page: the machine's Chromium, driven by playwright-core. Without one, and with
// TEST_SERVICES=none, the suites are skipped and say so; with TEST_REQUIRE_SERVICES=1 a missing one is a failure.
// CHROMIUM_PATH names another program.
// Invariant: whatever goes wrong in a page, and each request that leaves its origin, is in `problems`.

import { accessSync, constants, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import type { Env } from '#runtime/settings'
import { missing } from '#support/engines/python'
import { preferenceOf } from '#support/services/find_service'
import type { MissingService } from '#support/services/services'

/** What Debian, other distributions and macOS call it. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MACOS_PROGRAM = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** How a page is looked at. */
export interface ViewOptions {
  /** Of the window, in CSS pixels: 1440 unless told; a phone's is 390. */
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
  readonly reducedMotion?: boolean
}

/** A page that is open until the running test is over. */
export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console, uncaught errors, and requests that left the origin, in order. */
  readonly problems: readonly string[]
  /** Takes a picture of what is seen, and gives its path. */
  screenshot(name: string): Promise<string>
}

/** The browser of a suite. */
export interface TestBrowser {
  open(url: string, view?: ViewOptions): Promise<OpenPage>
}

/** A suite that needs a browser. Without one it is skipped. */
export function describeWithBrowser(name: string, body: (browser: TestBrowser) => void): void {
  const program = chromiumProgram()
  if (typeof program !== 'string') {
    const options = { skip: true, meta: { missingServices: [program.missing] } }
    describe(`${name} (skipped: ${program.missing})`, options, () => body({ open: () => Promise.reject(program) }))
    return
  }
  describe(name, () => {
    let launched: Browser
    beforeAll(async () => {
      launched = await launch(program)
    })
    afterAll(() => launched.close())
    body({ open: (url, view) => open(launched, url, view) })
  })
}

/** Where the browser is, or why there is none. Throws instead when TEST_REQUIRE_SERVICES=1. */
export function chromiumProgram(env: Env = process.env): string | MissingService {
  if (preferenceOf(env.TEST_SERVICES) === 'none') return { missing: 'a browser: TEST_SERVICES=none' }
  const given = env.CHROMIUM_PATH ?? ''
  if (given !== '') return isProgram(given) ? given : missing('a browser', `CHROMIUM_PATH=${given} is no program`)
  const folders = (env.PATH ?? '').split(delimiter)
  const paths = [...PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))), MACOS_PROGRAM]
  return paths.find(isProgram) ?? missing('a browser', 'install Chromium (Debian: chromium) or set CHROMIUM_PATH')
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Chromium's own sandbox refuses to run as root; /dev/shm is small in containers. */
function launch(program: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  const args = ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])]
  return chromium.launch({ executablePath: program, headless: true, args })
}

async function open(browser: Browser, url: string, view: ViewOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: view.width ?? 1440, height: view.height ?? 900 },
    colorScheme: view.scheme ?? 'light',
    reducedMotion: view.reducedMotion ? 'reduce' : 'no-preference',
    locale: 'en-US',
    timezoneId: 'UTC',
  })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const problems = watchProblems(page, new URL(url).origin)
  await goTo(page, url)
  return { page, problems, screenshot: (name) => screenshot(page, name) }
}

/** What Chromium fails requests with when some network of the machine comes or goes, as containers' do. */
const NETWORK_CHANGED = 'net::ERR_NETWORK_CHANGED'

/** Opens the page; once more when the machine's networks changed meanwhile, which is no fault of the page. */
async function goTo(page: Page, url: string): Promise<void> {
  let changed = false
  page.on('requestfailed', (request) => {
    if (request.failure()?.errorText === NETWORK_CHANGED) changed = true
  })
  await page.goto(url, { waitUntil: 'load' })
  if (changed) await page.reload({ waitUntil: 'load' })
}

function watchProblems(page: Page, origin: string): readonly string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (message.text().includes(NETWORK_CHANGED)) return
    const type = message.type()
    if (type === 'error' || type === 'warning') problems.push(`${type}: ${message.text()} (${message.location().url})`)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    const stays = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:'
    if (!stays) problems.push(`left the origin: ${request.url()}`)
  })
  return problems
}

/** One folder for all pictures of a run; TEST_SCREENSHOTS names one that is kept in view. */
let pictures: string | undefined

async function screenshot(page: Page, name: string): Promise<string> {
  pictures ??= process.env.TEST_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'tickerlake-pictures-'))
  const path = join(pictures, `${name}.png`)
  await page.screenshot({ path })
  return path
}
