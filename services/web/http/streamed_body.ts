// The body of an answer out of parts that are made one by one, each when the client has taken the one before.

/**
 * Makes the first part, and throws what is wrong with it, so that the answer can still say so. Of a later failure
 * `onFailure` is told. When the client goes, the parts are ended (`return`).
 */
export async function streamedBody(
  parts: AsyncGenerator<Uint8Array, void, void>,
  onFailure: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  let held: IteratorResult<Uint8Array, void> | undefined = await parts.next()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = held ?? (await parts.next())
          held = undefined
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          onFailure(error)
          controller.close()
        }
      },
      async cancel() {
        await parts.return()
      },
    },
    { highWaterMark: 0 },
  )
}
