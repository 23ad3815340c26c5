import { useEffect, useRef, useSyncExternalStore } from 'react'

interface Question {
  readonly text: string
  /** What the button says that does it. */
  readonly yes: string
}

let open: (Question & { readonly answer: (isSure: boolean) => void }) | null = null
const listeners = new Set<() => void>()

function set(next: typeof open): void {
  open = next
  for (const listener of listeners) listener()
}

/** Asks before something that cannot be taken back. */
export function ask(question: Question): Promise<boolean> {
  return new Promise(resolve => {
    open?.answer(false)
    set({ ...question, answer: resolve })
  })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Stands once in the page. */
export function Asking() {
  const question = useSyncExternalStore(subscribe, () => open)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (question) dialog.current!.showModal()
  }, [question])
  if (!question) return null
  const answer = (isSure: boolean): void => {
    question.answer(isSure)
    set(null)
  }
  return (
    <dialog ref={dialog} className="asking" aria-label="Are you sure?" onClose={() => answer(false)}>
      <p>{question.text}</p>
      <div className="strip">
        <button type="button" className="main" onClick={() => answer(true)}>
          {question.yes}
        </button>
        <button type="button" onClick={() => answer(false)}>
          Cancel
        </button>
      </div>
    </dialog>
  )
}
