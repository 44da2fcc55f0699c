// A value that panels share and watch, such as the chosen symbol.

/** It calls its watchers when it becomes another. */
export class Value<T> {
  #value: T
  readonly #watchers = new Set<(value: T) => void>()

  constructor(value: T) {
    this.#value = value
  }

  get(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const watcher of this.#watchers) watcher(value)
  }

  /** Calls the watcher with the value that is there, and with each that comes. */
  watch(watcher: (value: T) => void): void {
    this.#watchers.add(watcher)
    watcher(this.#value)
  }
}
