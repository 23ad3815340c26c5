import { type AnchorHTMLAttributes, useSyncExternalStore } from 'react'

/** The page's address is its whole state that is worth a link: path, and options behind the question mark. */
function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener)
  return () => window.removeEventListener('popstate', listener)
}

const address = (): string => location.pathname + location.search

export interface Place {
  /** `/runs/3f9a` as `['runs', '3f9a']`. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

/** What the router gives a view. */
export interface ViewProps {
  readonly place: Place
}

export function usePlace(): Place {
  const url = new URL(useSyncExternalStore(subscribe, address), location.origin)
  return { path: url.pathname.split('/').filter(Boolean).map(decoded), query: url.searchParams }
}

/** A stray "%" stays what it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Goes to another address of the app; `replace` leaves no step to go back to. */
export function go(to: string, { replace = false } = {}): void {
  if (to === address()) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  window.dispatchEvent(new PopStateEvent('popstate'))
}

/**
 * Changes options of the address: `undefined` and empty take one away. A choice of what is looked at is a step to go back to
 * (`step: true`: a tab, an image, a selection); how it is looked at is not.
 */
export function setQuery(
  changes: Readonly<Record<string, string | undefined>>,
  { step = false }: { readonly step?: boolean } = {},
): void {
  const url = new URL(location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value)
    else url.searchParams.delete(name)
  }
  go(url.pathname + url.search, { replace: !step })
}

/** A link within the app; with a modifier key it is the browser's. */
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }) {
  return (
    <a
      href={href}
      {...rest}
      onClick={event => {
        rest.onClick?.(event)
        if (event.defaultPrevented || event.button !== 0) return
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        go(href)
      }}
    />
  )
}
