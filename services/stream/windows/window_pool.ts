// The windows of one partition. The rows of their numbers lie in pages, so that nothing is moved when there are more of
// them; a window that is dropped is given out again. So memory is what the most windows at one time took.

import { WINDOW_NUMBERS, WindowState } from '#services/stream/windows/window_state'

const PAGE_WINDOWS = 256

/** Gives out windows. */
export class WindowPool {
  #page = new Float64Array(0)
  /** Where the next row of the page begins. */
  #next = 0
  readonly #dropped: WindowState[] = []

  /** A window without quotes. */
  take(start: number, end: number): WindowState {
    const window = this.#dropped.pop() ?? this.#create()
    window.begin(start, end)
    return window
  }

  /** Takes back a window that nobody has any more. */
  giveBack(window: WindowState): void {
    this.#dropped.push(window)
  }

  #create(): WindowState {
    if (this.#next === this.#page.length) {
      this.#page = new Float64Array(PAGE_WINDOWS * WINDOW_NUMBERS)
      this.#next = 0
    }
    const window = new WindowState(this.#page, this.#next)
    this.#next += WINDOW_NUMBERS
    return window
  }
}
