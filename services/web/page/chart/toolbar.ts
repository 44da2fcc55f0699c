// The chart's tools: the symbol's name, the grain, the lines, and the way back to now.

import type { Grain } from '../../api.ts'
import { element } from '../dom.ts'
import { keepChoice, keptChoice } from '../kept.ts'
import type { PageContext } from '../page_context.ts'
import { Value } from '../value.ts'
import { grainText } from './bar_text.ts'

/** Which lines are drawn. */
export interface Lines {
  readonly average: boolean
  readonly vwap: boolean
}

const LINES: readonly (readonly [name: keyof Lines, label: string, title: string])[] = [
  ['average', 'Average', 'The average price of each bar\u2019s quotes, as a line'],
  ['vwap', 'VWAP', 'The volume-weighted average price of each bar, as a line'],
]

export class Toolbar {
  readonly root: HTMLElement
  readonly lines = new Value<Lines>({ average: isKept('average'), vwap: isKept('vwap') })
  readonly #chosen: Value<Grain | null>
  readonly #symbol = element('h2', { attributes: { class: 'panel-name chart-symbol' } })
  readonly #grains = element('div', {
    attributes: { class: 'chart-grains', role: 'group', 'aria-label': 'Length of a bar' },
  })
  readonly #market = element('span', { attributes: { class: 'chart-market' } })
  /** Whether only bars of regular hours are shown. */
  readonly isRegularOnly = new Value(keptChoice('hours', ['all', 'regular']) === 'regular')
  readonly #hours = this.#hoursButton()
  readonly #now: HTMLButtonElement
  #shown = ''

  /** Calls `backToNow` when that is asked for. */
  constructor({ grain }: Pick<PageContext, 'grain'>, backToNow: () => void) {
    this.#chosen = grain
    const attributes = { class: 'button', type: 'button', 'data-kind': 'main' }
    this.#now = element('button', { attributes, on: { click: backToNow } }, 'Back to now')
    const lines = element('div', { attributes: { class: 'chart-lines', role: 'group', 'aria-label': 'What is drawn' } })
    lines.append(this.#hours, ...LINES.map(([name, label, title]) => this.#lineButton({ name, label, title })))
    const tools = element('div', { attributes: { class: 'panel-tools' } }, this.#now, lines)
    const parts = [this.#symbol, this.#market, this.#grains, tools]
    this.root = element('div', { attributes: { class: 'panel-head chart-head' } }, ...parts)
  }

  /** What the tools say now. */
  show({ symbol, market, grain, grains, isNowInView, hasOtherHours }: ToolbarContent): void {
    this.#symbol.textContent = symbol ?? 'Chart'
    if (this.#market.textContent !== market) this.#market.textContent = market
    this.#hours.toggleAttribute('hidden', !hasOtherHours && !this.isRegularOnly.get())
    this.#now.hidden = isNowInView
    const shown = `${this.#chosen.get()} ${grain} ${grains.join()}`
    if (shown === this.#shown) return
    this.#shown = shown
    // A grain of a link that there are no bars of must be left by some way.
    this.#grains.hidden = grains.length === 0 && this.#chosen.get() === null
    const hadFocus = this.#grains.contains(document.activeElement)
    this.#grains.replaceChildren(this.#grainButton(null, grain), ...grains.map((one) => this.#grainButton(one, grain)))
    if (hadFocus) this.#grains.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus()
  }

  #grainButton(grain: Grain | null, shown: Grain | null): HTMLElement {
    const title = grain === null ? 'Fits the length of a bar to what is in view' : `Bars of ${grainText(grain)}`
    const attributes = {
      class: 'button',
      type: 'button',
      title,
      'data-grain': grain ?? 'auto',
      'aria-pressed': `${grain === this.#chosen.get()}`,
      'data-shown': grain !== null && grain === shown,
    }
    return element('button', { attributes, on: { click: () => this.#chosen.set(grain) } }, grain ?? 'Auto')
  }

  #hoursButton(): HTMLElement {
    const toggle = () => {
      this.isRegularOnly.set(!this.isRegularOnly.get())
      keepChoice('hours', this.isRegularOnly.get() ? 'regular' : 'all')
    }
    const title = 'Only bars of regular hours'
    const button = element(
      'button',
      { attributes: { class: 'button', type: 'button', title, 'data-hours': 'regular' }, on: { click: toggle } },
      'Regular',
    )
    this.isRegularOnly.watch((isOnly) => button.setAttribute('aria-pressed', `${isOnly}`))
    return button
  }

  #lineButton({ name, label, title }: { name: keyof Lines; label: string; title: string }): HTMLElement {
    const toggle = () => {
      const lines = { ...this.lines.get(), [name]: !this.lines.get()[name] }
      keepChoice(`line-${name}`, lines[name] ? 'on' : 'off')
      this.lines.set(lines)
    }
    const attributes = { class: 'button', type: 'button', title, 'data-line': name }
    const button = element('button', { attributes, on: { click: toggle } }, label)
    this.lines.watch((lines) => button.setAttribute('aria-pressed', `${lines[name]}`))
    return button
  }
}

export interface ToolbarContent {
  readonly symbol: string | null
  /** What its market does; empty in regular hours. */
  readonly market: string
  /** The one that is drawn. */
  readonly grain: Grain | null
  readonly grains: readonly Grain[]
  readonly isNowInView: boolean
  /** Whether there are bars of other than regular hours. */
  readonly hasOtherHours: boolean
}

function isKept(name: keyof Lines): boolean {
  return keptChoice(`line-${name}`, ['off', 'on']) === 'on'
}
