import { type ReactNode, useEffect, useRef, useState } from 'react'

/** What may be wider than the screen, and is then scrolled: by the arrow keys, too. */
export function Wide({ children }: { readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  const [isCut, setCut] = useState(false)
  useEffect(() => {
    const box = place.current!
    const observer = new ResizeObserver(() => setCut(box.scrollWidth > box.clientWidth))
    for (const element of [box, ...box.children]) observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return (
    <div className="wide" ref={place} tabIndex={isCut ? 0 : undefined}>
      {children}
    </div>
  )
}
