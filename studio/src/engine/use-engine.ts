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
