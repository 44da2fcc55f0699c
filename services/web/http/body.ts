// The body of a request: read to its end, and no further than a limit.

import { BODY_BYTES_MAX } from '#services/web/limits'
import { RequestError, wrongRequest } from '#services/web/request_error'

/** The fields of a form (`application/x-www-form-urlencoded`). Throws RequestErrors. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (mediaType(request) !== FORM) throw unsupported(request, FORM)
  return new URLSearchParams(await readText(request))
}

/** The fields of a form, or of a JSON object whose values are texts. Throws RequestErrors. */
export async function readFields(request: Request): Promise<URLSearchParams> {
  if (mediaType(request) === FORM) return readForm(request)
  if (mediaType(request) !== JSON_TYPE) throw unsupported(request, `${JSON_TYPE} or ${FORM}`)
  return new URLSearchParams(textFields(await readText(request)))
}

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

function mediaType({ headers }: Request): string {
  return (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function textFields(text: string): Record<string, string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrongRequest('the body is not JSON')
  }
  if (typeof value !== 'object' || value === null) throw wrongRequest('the body must be a JSON object')
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (typeof field !== 'string') throw wrongRequest(`${name} must be a text`)
      return [name, field]
    }),
  )
}

function unsupported(request: Request, wanted: string): RequestError {
  const given = mediaType(request) || 'no type at all'
  return new RequestError(415, 'WRONG_TYPE', { message: `the body must be ${wanted}, not ${given}` })
}

function tooLarge(): RequestError {
  const message = `the body may have ${BODY_BYTES_MAX} bytes`
  return new RequestError(413, 'TOO_LARGE', { message, headers: { connection: 'close' } })
}
