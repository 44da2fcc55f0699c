// The chart as a test sees it in a browser: its table says what is drawn, its legend and notes say the rest.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { BarRow } from '#services/web/api'

/** What a change may take on a busy machine. */
const WAIT_MS = 30_000

/** A row of the table: a bar, or a pause. */
export interface DrawnRow {
  readonly start: number
  readonly cells: readonly string[]
}

/** What a user does with the chart, and sees of it. */
export class ChartPage {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** Opens the table, so that it can be read. */
  async openTable(): Promise<void> {
    await this.#page.locator('.chart-table summary').click()
  }

  /** The table's rows as they are now, by time. */
  async rows(): Promise<readonly DrawnRow[]> {
    const rows = await this.#page.locator('.chart-table tbody tr').evaluateAll((found) =>
      found.map((row) => ({
        start: Number(row.getAttribute('data-start')),
        cells: [...row.children].map((cell) => cell.textContent ?? ''),
      })),
    )
    return rows.reverse()
  }

  /** The bars in the table, without pauses. */
  async bars(): Promise<readonly DrawnRow[]> {
    return (await this.rows()).filter(({ cells }) => cells.length > 2)
  }

  /** Waits until the row of a window says that, cell by cell; what is not named may be anything. */
  async expectBar(start: number, wanted: Readonly<Record<number, string>>): Promise<void> {
    await expect
      .poll(async () => (await this.bars()).find((row) => row.start === start)?.cells, { timeout: WAIT_MS })
      .toEqual(expect.objectContaining(wanted))
  }

  /** Waits until the bars in view are just those, from the first of them to the last. */
  async expectNewest(bars: readonly BarRow[]): Promise<void> {
    const wanted = bars.map(told)
    const seen = async () => {
      const rows = (await this.bars()).map(({ start, cells }) => `${start} ${cells.slice(1, 5).join(' ')}`)
      return { last: rows.at(-1), isWhole: rows.length > 0 && rows.join() === wanted.slice(-rows.length).join() }
    }
    await expect.poll(seen, { timeout: WAIT_MS }).toEqual({ last: wanted.at(-1), isWhole: true })
  }

  async press(key: string, times = 1): Promise<void> {
    await this.#page.locator('.chart-stage').focus()
    for (let index = 0; index < times; index += 1) await this.#page.keyboard.press(key)
  }

  async grain(grain: string): Promise<void> {
    await this.#page.locator(`.chart-grains [data-grain="${grain}"]`).click()
  }

  text(part: 'legend' | 'remarks' | 'sentence' | 'symbol'): Promise<string> {
    return this.#page.locator(`.chart-${part}`).innerText()
  }
}

function told({ windowStart, open, high, low, close }: BarRow): string {
  return `${windowStart} ${[open, high, low, close].map((price) => price.toFixed(2)).join(' ')}`
}
