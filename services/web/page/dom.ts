// Elements from data. Text only ever becomes a text node, so whatever a topic or table holds stays text.

/** What an element is given: attributes by name (null, false: left out), and `on` by event. */
export interface ElementOptions {
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>>
  readonly on?: Readonly<Record<string, (event: Event) => void>>
}

/** A new element with its children; a string is a text node. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { attributes = {}, on = {} }: ElementOptions = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : String(value))
  }
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener)
  made.append(...children)
  return made
}
