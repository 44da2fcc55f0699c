// Nodes of the trees that DuckDB writes as JSON, of which nothing is taken for granted.

export type Node = Readonly<Record<string, unknown>>

/** The value if it is an object. */
export function asNode(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined
}

/** The objects of a list; none when it is no list. */
export function nodesOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(asNode).filter((node) => node !== undefined) : []
}

/** Visits every object of a tree; with a stack of its own, since a tree may be deeper than the call stack. */
export function visitNodes(root: unknown, visit: (node: Node) => void): void {
  const stack: unknown[] = [root]
  while (stack.length > 0) {
    const node = stack.pop()
    if (typeof node !== 'object' || node === null) continue
    if (!Array.isArray(node)) visit(node as Node)
    for (const child of Object.values(node)) if (typeof child === 'object' && child !== null) stack.push(child)
  }
}
