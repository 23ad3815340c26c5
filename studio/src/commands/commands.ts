import { useEffect, useRef, useSyncExternalStore } from 'react'
import { keyOf, matchOf } from './keys.ts'

/** Something that a person can do here: listed in the palette and, with its keys, under `?`. */
export interface Command {
  readonly name: string
  /** One key, or several one after the other: `j`, `g r`. As `KeyboardEvent.key` names them. */
  readonly keys?: string
  readonly run: () => void
}

/** The commands of each part of the page that is there. The part that came last goes first. */
let sources: readonly { readonly current: readonly Command[] }[] = []
const listeners = new Set<() => void>()

function set(next: typeof sources): void {
  sources = next
  for (const listener of listeners) listener()
}

/** Offers commands as long as the part of the page that calls it is there. */
export function useCommands(commands: readonly Command[]): void {
  const own = useRef(commands)
  useEffect(() => {
    own.current = commands
  })
  useEffect(() => {
    set([own, ...sources])
    return () => set(sources.filter(source => source !== own))
  }, [])
}

/** All commands as they are now; of two with the same keys the later part's counts. */
export function allCommands(): readonly Command[] {
  const taken = new Set<string>()
  return sources
    .flatMap(({ current }) => current)
    .filter(({ keys }) => {
      if (keys === undefined) return true
      if (taken.has(keys)) return false
      taken.add(keys)
      return true
    })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Draws again when parts of the page come and go. */
export function useAllCommands(): readonly Command[] {
  useSyncExternalStore(subscribe, () => sources)
  return allCommands()
}

/** How long the second key of two may take. */
const PAUSE_MS = 1200

/** Keys run commands, except where text is typed or a dialog is open. Stands once in the page. */
export function useKeys(): void {
  useEffect(() => {
    let typed: readonly string[] = []
    let lastMs = 0
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isTaken(event)) return
      const key = keyOf(event)
      if (key === null) return
      typed = event.timeStamp - lastMs < PAUSE_MS ? typed : []
      lastMs = event.timeStamp
      const found = matchOf([...typed, key], allCommands())
      typed = found.rest
      if (!found.command) return
      event.preventDefault()
      found.command.run()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** Whether a key belongs to a field, or to a control that does something of its own with it. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  if (target.closest('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]'))
    return true
  if ((event.key === 'Enter' || event.key === ' ') && target.closest('a, button, summary, input')) return true
  // What a dialog offers, its own part handles.
  const dialog = document.querySelector('dialog[open]')
  return dialog !== null && !dialog.hasAttribute('data-keys')
}
