// Gives memory back at once. Left to itself the engine frees buffers only when there are tens of megabytes of them,
// which is more than a copy or a query needs.

/**
 * Frees bytes that nobody uses any more, nor a request that is still being sent: they are empty then. Bytes that are
 * only a part of their buffer are left to the engine, since the rest may be in use.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
