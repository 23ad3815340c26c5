import { useEffect, useState } from 'react'

export interface Loaded<T> {
  readonly data: T | null
  readonly error: Error | null
}

export const NOTHING = { data: null, error: null }

/**
 * What `load` brings for a key; it is asked again for another key, or another `again`. What was there stays until
 * something new is: `of` is the key that it belongs to. `null`: nothing is asked. A request that is no longer wanted is aborted.
 */
export function useLoaded<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { again = 0, pauseMs = 0 }: { readonly again?: number | string; readonly pauseMs?: number } = {},
): Loaded<T> & { readonly of: string | null } {
  const [loaded, setLoaded] = useState<Loaded<T> & { readonly of: string | null }>({ ...NOTHING, of: null })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is loaded.
  useEffect(() => {
    if (key === null) return
    const controller = new AbortController()
    const { signal } = controller
    const ask = (): void =>
      void load(signal).then(
        data => signal.aborted || setLoaded({ data, error: null, of: key }),
        error => signal.aborted || setLoaded({ data: null, error, of: key }),
      )
    const timer = pauseMs > 0 ? setTimeout(ask, pauseMs) : void ask()
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [key, again])
  return loaded
}

/** The same, without what belongs to another key. */
export function useCurrent<T>(...asked: Parameters<typeof useLoaded<T>>): Loaded<T> {
  const loaded = useLoaded<T>(...asked)
  return loaded.of === asked[0] ? loaded : NOTHING
}
