import { useEffect, useState } from 'react'
import { fromJson } from '../../src/protocol/json.ts'
import type { Refusal } from '../../src/protocol/studio.ts'
import { useLoaded } from './parts/use-loaded.ts'
import { onReconnect } from './stream/stream.ts'

/** What the server answers to `GET /api…`, or throws its words. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, signal ? { signal } : {})
}

/** Sends JSON: `send('POST', '/runs/3f9a/tags', { tag })`. */
export function send<T = object>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return ask<T>(path, { method, ...json, ...(signal && { signal }) })
}

/** Bytes of `GET /api…`, or of `POST` where there is something to send. */
export async function getBytes(path: string, signal: AbortSignal, body?: unknown): Promise<Uint8Array> {
  const json = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await answerTo(path, body === undefined ? { signal } : { ...json, signal })
  return new Uint8Array(await response.arrayBuffer())
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  return fromJson(await (await answerTo(path, init)).text()) as T
}

async function answerTo(path: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`/api${path}`, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Error('The studio does not answer. Is "heddle studio" still running?')
  }
  if (response.ok) return response
  const refusal = (await response.json().catch(() => null)) as Refusal | null
  throw new Error(refusal?.error ?? `The studio answered ${response.status}.`)
}

export interface Answer<T> {
  readonly data: T | undefined
  readonly error: Error | undefined
  /** Asks again. */
  readonly reload: () => void
}

/** What the server says to `GET /api…`; what was there stays until there is something new. `null`: nothing is asked. */
export function useGet<T>(path: string | null): Answer<T> {
  const [asked, setAsked] = useState(0)
  const answer = useLoaded<T>(path, signal => get<T>(path!, signal), { again: asked })
  const failed = answer.error !== null
  // What failed while the server was away is asked again when it is back.
  useEffect(() => (failed ? onReconnect(() => setAsked(n => n + 1)) : undefined), [failed])
  const isCurrent = answer.of === path
  return {
    data: (isCurrent && answer.data) || undefined,
    error: (isCurrent && answer.error) || undefined,
    reload: () => setAsked(asked + 1),
  }
}
