import { useSyncExternalStore } from 'react'
import { onTheme } from '../design/theme.ts'

/** The page's colours, for what is drawn on a canvas. */
export interface Palette {
  readonly text: string
  readonly quiet: string
  readonly line: string
  readonly surface: string
  /** What lies over the page. */
  readonly overlay: string
  /** What is chosen, or under the pointer. */
  readonly accent: string
  /** One kind of number, without others beside it. */
  readonly measure: string
  /** The best of its kind. */
  readonly best: string
  /** For what is less than others. */
  readonly worst: string
  /** What is wrong. */
  readonly bad: string
  /** For things of one kind, such as configurations: the first ten differ most. */
  readonly series: readonly string[]
}

function readPalette(): Palette {
  // Only the colour of an element is one of the two that light and dark have.
  const probe = document.body.appendChild(document.createElement('i'))
  const of = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const colors = {
    text: of('text'),
    quiet: of('quiet'),
    line: of('line'),
    surface: of('surface'),
    overlay: of('overlay'),
    accent: of('accent'),
    measure: of('measure'),
    best: of('best'),
    worst: of('weak'),
    bad: of('bad'),
  }
  const series = Array.from({ length: 10 }, (_, i) => of(`series-${i}`))
  probe.remove()
  return { ...colors, series }
}

let palette: Palette | null = null

function subscribe(listener: () => void): () => void {
  return onTheme(() => {
    palette = null
    listener()
  })
}

/** Changes with light and dark. */
export function usePalette(): Palette {
  return useSyncExternalStore(subscribe, () => {
    palette ??= readPalette()
    return palette
  })
}
