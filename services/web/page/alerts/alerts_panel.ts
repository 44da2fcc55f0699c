// The panel of alerts: those that came before, and those that come, of all symbols or of the chosen one.

import type { AlertRow, AlertsAnswer } from '../../api.ts'
import { element } from '../dom.ts'
import { Loader } from '../loader.ts'
import type { PageContext } from '../page_context.ts'
import { type AlertItem, alertItem } from './alert_item.ts'
import { AlertList } from './alert_list.ts'
import { announcer } from './announcer.ts'

/** How many are asked for at a time. */
const PAGE_SIZE = 100

const TIMES_EVERY_MS = 60_000

const OLDER = 'Show older'
const OLDER_FAILED = 'Older alerts could not be loaded. Try again'

/** Builds the panel. */
export function alertsPanel(context: PageContext): HTMLElement {
  return new AlertsPanel(context).root
}

class AlertsPanel {
  readonly root: HTMLElement
  readonly #context: PageContext
  readonly #items = new Map<string, AlertItem>()
  readonly #list = element('ol', { attributes: { class: 'alert-list', 'aria-label': 'Alerts, the newest first' } })
  readonly #note = element('p', { attributes: { class: 'note', role: 'status' } })
  readonly #only = button('Only this symbol', () => this.#toggleOnly())
  readonly #older = button(OLDER, () => this.#askOlder())
  #alerts = new AlertList()
  #isOnly = false
  #isLoaded = false
  #failure: string | null = null
  #more = false
  #timesAt = 0
  readonly #loader: Loader<AlertsAnswer>

  constructor(context: PageContext) {
    this.#context = context
    this.#loader = new Loader({
      ask: (signal) => context.ask('/api/alerts', this.#query(), signal),
      take: (answer) => {
        this.#isLoaded = true
        this.#failure = null
        this.#more = answer.more
        this.#alerts.takeNewest(answer)
        this.#show()
      },
      fail: (message) => {
        this.#failure = message
        this.#show()
      },
    })
    this.#only.setAttribute('aria-pressed', 'false')
    this.#only.classList.add('alert-only')
    this.#older.classList.add('alert-older')
    const name = element('h2', { attributes: { class: 'panel-name' } }, 'Alerts')
    const tools = element('div', { attributes: { class: 'panel-tools' } }, this.#only)
    const head = element('div', { attributes: { class: 'panel-head' } }, name, tools)
    const scrolled = element('div', { attributes: { class: 'alert-scroll' } }, this.#list, this.#older)
    const told = announcer(context)
    this.root = element('div', { attributes: { class: 'panel alerts' } }, head, scrolled, this.#note, told.root)
    this.#listen(told.tell)
    this.#loader.load()
  }

  #listen(tell: (alerts: readonly AlertRow[]) => void): void {
    const { chosen, clock, zone, on } = this.#context
    on('alerts', ({ alerts }) => {
      const fresh = this.#alerts.take(alerts.filter((alert) => this.#isWanted(alert)))
      if (fresh.length === 0) return
      this.#show(new Set(fresh.map(({ id }) => id)))
      tell(fresh)
    })
    on('reload', () => void this.#loader.load())
    chosen.watch((symbol) => {
      this.#only.textContent = symbol === null ? 'Only this symbol' : `Only ${symbol}`
      if (this.#isOnly) this.#restart()
    })
    zone.watch(() => this.#tellTimes())
    clock.second.watch((now) => {
      if (now - this.#timesAt >= TIMES_EVERY_MS) this.#tellTimes()
    })
    this.#show()
  }

  #toggleOnly(): void {
    this.#isOnly = !this.#isOnly
    this.#only.setAttribute('aria-pressed', `${this.#isOnly}`)
    this.#restart()
  }

  #restart(): void {
    this.#alerts = new AlertList()
    this.#isLoaded = false
    this.#more = false
    this.#show()
    this.#loader.load()
  }

  #isWanted({ symbol }: AlertRow): boolean {
    return !this.#isOnly || symbol === this.#context.chosen.get()
  }

  #query(): Record<string, string | number> {
    const symbol = this.#context.chosen.get()
    return this.#isOnly && symbol !== null ? { symbol, limit: PAGE_SIZE } : { limit: PAGE_SIZE }
  }

  async #askOlder(): Promise<void> {
    const { reachesBackTo } = this.#alerts
    if (reachesBackTo === null) return
    const asked = this.#alerts
    this.#older.disabled = true
    try {
      const { eventTime: to, id: afterId } = reachesBackTo
      const { alerts, more } = await this.#context.ask('/api/alerts', { ...this.#query(), to, afterId })
      if (asked !== this.#alerts) return
      asked.takeOlder(alerts)
      this.#more = more
      this.#older.textContent = OLDER
    } catch {
      this.#older.textContent = OLDER_FAILED
    } finally {
      this.#older.disabled = false
      this.#show()
    }
  }

  /** Puts the items in order; those that stay where they are are left alone. */
  #show(fresh: ReadonlySet<string> = new Set()): void {
    const { alerts } = this.#alerts
    const now = this.#context.clock.now()
    const kept = new Set(alerts.map(({ id }) => id))
    for (const [id, { root }] of this.#items) {
      if (kept.has(id)) continue
      root.remove()
      this.#items.delete(id)
    }
    let at: Element | null = this.#list.firstElementChild
    for (const alert of alerts) {
      const item = this.#items.get(alert.id) ?? this.#make(alert, { isFresh: fresh.has(alert.id), now })
      if (item.root === at) at = at.nextElementSibling
      else this.#list.insertBefore(item.root, at)
    }
    this.#tellState(alerts.length)
  }

  #make(alert: AlertRow, { isFresh, now }: { isFresh: boolean; now: number }): AlertItem {
    const item = alertItem(alert, { context: this.#context, isFresh })
    item.tellTime(this.#context.zone.get(), now)
    this.#items.set(alert.id, item)
    return item
  }

  #tellState(count: number): void {
    const said = count > 0 ? '' : this.#emptyText()
    if (this.#note.textContent !== said) this.#note.textContent = said
    this.#note.hidden = said === ''
    this.#note.dataset.kind = !this.#isLoaded && this.#failure !== null ? 'failed' : 'plain'
    this.#list.hidden = said !== ''
    this.#older.hidden = !this.#more || this.#alerts.isFull
  }

  #emptyText(): string {
    if (!this.#isLoaded && this.#failure !== null)
      return `Earlier alerts could not be loaded. ${this.#failure} Trying again…`
    if (!this.#isLoaded) return 'Loading the alerts…'
    if (this.#isOnly) return `No alerts of ${this.#context.chosen.get() ?? 'this symbol'} yet.`
    return 'No alerts yet. They appear here as rules fire.'
  }

  #tellTimes(): void {
    const now = this.#context.clock.now()
    this.#timesAt = now
    for (const item of this.#items.values()) item.tellTime(this.#context.zone.get(), now)
  }
}

function button(text: string, press: () => void): HTMLButtonElement {
  return element('button', { attributes: { type: 'button', class: 'button' }, on: { click: press } }, text)
}
