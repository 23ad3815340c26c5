import { useEffect, useState } from 'react'
import { Engine } from './engine.ts'
import type { LoadedFacts } from './engine.worker.ts'

/** A run's network that can be asked. */
export interface Ready {
  readonly run: string
  readonly engine: Engine
  readonly facts: LoadedFacts
}

/** Loads a run's network; while another is loaded, the one before it stays. */
export function useEngine(run: string): {
  readonly ready: Ready | null
  readonly error: Error | null
  readonly reload: () => void
} {
  const [ready, setReady] = useState<Ready | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` loads again.
  useEffect(() => {
    const engine = new Engine()
    let isOver = false
    setError(null)
    engine.ask('load', run).then(
      facts => (isOver ? engine.end() : setReady({ run, engine, facts })),
      reason => {
        engine.end()
        if (!isOver) setError(reason)
      },
    )
    return () => {
      isOver = true
    }
  }, [run, attempt])
  useEffect(() => () => ready?.engine.end(), [ready])
  return { ready, error, reload: () => setAttempt(attempt + 1) }
}

/** What an engine answers to a question; what was there stays until there is something new. `null`: nothing is asked. */
export function useAnswer<T>(
  ask: (() => Promise<T>) | null,
  key: string,
): { readonly data: T | null; readonly error: Error | null } {
  const [answer, setAnswer] = useState<{ data: T | null; error: Error | null }>({ data: null, error: null })
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what is asked.
  useEffect(() => {
    let isOver = false
    if (!ask) return
    ask().then(
      data => isOver || setAnswer({ data, error: null }),
      error => isOver || setAnswer({ data: null, error }),
    )
    return () => {
      isOver = true
    }
  }, [key])
  return answer
}
