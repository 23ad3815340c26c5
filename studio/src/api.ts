import { fromJson } from '../../src/protocol/json.ts'
import type { Refusal } from '../../src/protocol/studio.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Sends JSON, or the bytes of a file, and takes JSON, or throws the server's words: `send('POST', '/runs/3f9a/tags', { tag })`. */
export async function send<T = object>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  return fromJson(await (await answerTo(method, path, body, signal)).text()) as T
}

/** Bytes of `GET /api…`, or of `POST` where there is something to send. */
export async function getBytes(path: string, signal?: AbortSignal, body?: unknown): Promise<Uint8Array> {
  const response = await answerTo(body === undefined ? 'GET' : 'POST', path, body, signal)
  return new Uint8Array(await response.arrayBuffer())
}

async function answerTo(
  method: Method,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`/api${path}`, { method, ...bodyOf(body), ...(signal && { signal }) })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Error('The studio does not answer. Is "heddle studio" still running?')
  }
  if (response.ok) return response
  const refusal = (await response.json().catch(() => null)) as Refusal | null
  throw new Error(refusal?.error ?? `The studio answered ${response.status}.`)
}

function bodyOf(body: unknown): RequestInit {
  if (body === undefined) return {}
  if (body instanceof Blob) return { body, headers: { 'content-type': 'application/octet-stream' } }
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}
