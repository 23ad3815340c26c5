import { useSyncExternalStore } from 'react'
import './notices.css'
import { IconButton } from '../design/icon-button.tsx'

export interface Notice {
  readonly text: string
  readonly action?: { readonly name: string; readonly run: () => void }
  readonly isProblem?: boolean
}

interface Shown extends Notice {
  readonly id: number
}

/** How long there is time to read it and to take it back. */
const SHOWN_MS = 8000
const MOST = 4

let shown: readonly Shown[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: readonly Shown[]): void {
  shown = next
  for (const listener of listeners) listener()
}

const remove = (id: number): void => set(shown.filter(one => one.id !== id))

/** Says what was done, or what happened elsewhere, for a few seconds. */
export function notice(given: Notice): void {
  const id = ++last
  set([...shown, { ...given, id }].slice(-MOST))
  setTimeout(() => remove(id), SHOWN_MS)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Notices() {
  const all = useSyncExternalStore(subscribe, () => shown)
  return (
    <div className="notices" role="status" aria-label="Notices">
      <ul>
        {all.map(({ id, text, action, isProblem }) => (
          <li key={id} className={isProblem ? 'problem' : undefined}>
            <span>{text}</span>
            {action && (
              <button
                type="button"
                onClick={() => {
                  action.run()
                  remove(id)
                }}
              >
                {action.name}
              </button>
            )}
            <IconButton icon="close" label="Close" onClick={() => remove(id)} />
          </li>
        ))}
      </ul>
    </div>
  )
}
