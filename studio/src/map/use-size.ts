import { type RefObject, useEffect, useState } from 'react'
import type { Place } from './outlook.ts'

/** The width and the height of an element, in pixels. */
export function useSize(element: RefObject<HTMLElement | null>): Place {
  const [size, setSize] = useState<Place>([1, 1])
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      setSize([Math.round(width), Math.round(height)])
    })
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element])
  return size
}
