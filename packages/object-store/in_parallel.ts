// Works on many objects, a bounded number of them at a time.

/**
 * Resolves when all items are done. After a failure, which is thrown at once, the items that other workers have at hand
 * and those behind them are still done; work that can be stopped looks at its own signal.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  widthMax: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: widthMax }, worker))
}
