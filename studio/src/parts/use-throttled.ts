import { useEffect, useRef, useState } from 'react'

/** A value that changes often, at most once in `ms`: the newest one is never left out. */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value)
  const last = useRef(0)
  useEffect(() => {
    if (Object.is(value, shown)) return
    const timer = setTimeout(
      () => {
        last.current = performance.now()
        setShown(value)
      },
      Math.max(0, last.current + ms - performance.now()),
    )
    return () => clearTimeout(timer)
  }, [value, shown, ms])
  return shown
}
