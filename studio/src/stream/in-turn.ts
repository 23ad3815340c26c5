import { useEffect, useState } from 'react'
import { whenQuiet } from './when-quiet.ts'

const waiting: (() => void)[] = []

/** Does one piece of work after the other, each in a task of its own, so that a key is answered between two of them. */
function inTurn(work: () => void): void {
  if (waiting.push(work) === 1) whenQuiet(next)
}

function next(): void {
  waiting[0]?.()
  waiting.shift()
  if (waiting.length > 0) whenQuiet(next)
}

/** A value that changes by itself, for a part of the page that takes long to draw: the parts take it up one after the other. */
export function useInTurn<T>(value: T): T {
  const [shown, setShown] = useState(value)
  useEffect(() => {
    if (Object.is(value, shown)) return
    let isWanted = true
    inTurn(() => isWanted && setShown(value))
    return () => {
      isWanted = false
    }
  }, [value, shown])
  return shown
}
