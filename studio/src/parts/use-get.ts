import { useEffect, useState } from 'react'
import { send } from '../api.ts'
import { onReconnect } from '../stream/stream.ts'
import { type Loaded, useCurrent } from './use-loaded.ts'

export interface Answer<T> extends Loaded<T> {
  /** Asks again. */
  readonly reload: () => void
}

/** What the server says to `GET /api…`; what was there stays until there is something new. `null`: nothing is asked. */
export function useGet<T>(path: string | null): Answer<T> {
  const [again, setAgain] = useState(0)
  const answer = useCurrent<T>(path, signal => send('GET', path!, undefined, signal), { again })
  const failed = answer.error !== null
  const reload = (): void => setAgain(n => n + 1)
  // What failed while the server was away is asked again when it is back.
  useEffect(() => (failed ? onReconnect(() => setAgain(n => n + 1)) : undefined), [failed])
  return { ...answer, reload }
}
