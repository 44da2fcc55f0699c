// Elements that are made once and then only change where their text does: nothing flickers, and what a viewer has
// selected stays selected.

/** Sets the text of an element, if it is another. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** Sets an attribute, if it is another. */
export function setAttribute(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}

/**
 * Gives the parent an element for each item, in order: `make` makes one that is missing, `update` brings it up to date.
 */
export function keepEach<T, E extends Element>(
  parent: Element,
  items: readonly T[],
  { make, update }: { readonly make: () => E; readonly update: (node: E, item: T) => void },
): void {
  while (parent.children.length > items.length) parent.lastElementChild?.remove()
  while (parent.children.length < items.length) parent.append(make())
  for (const [index, item] of items.entries()) update(parent.children[index] as E, item)
}
