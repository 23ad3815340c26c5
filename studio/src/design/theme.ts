import { useSyncExternalStore } from 'react'

/** What the pages look like: as the system, or as it was chosen here. */
export type Theme = 'system' | 'light' | 'dark'

const KEPT = 'heddle-theme'
const listeners = new Set<() => void>()
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

const keptTheme = (): Theme => {
  const kept = localStorage.getItem(KEPT)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function show(): void {
  const theme = keptTheme()
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  for (const listener of listeners) listener()
}

/** Shows the theme that was chosen, and follows other pages of the studio and the system. */
export function startTheme(): void {
  show()
  systemIsDark.addEventListener('change', show)
  addEventListener('storage', ({ key }) => key === KEPT && show())
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEPT)
  else localStorage.setItem(KEPT, theme)
  show()
}

export function onTheme(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): Theme {
  return useSyncExternalStore(onTheme, keptTheme)
}
