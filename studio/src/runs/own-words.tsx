import { useEffect, useRef, useState } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { ProseView } from '../parts/prose-view.tsx'
import { useSent } from '../parts/use-sent.ts'

/**
 * The name or the note of a run. While it is edited, what others write does not take its place; it is sent with what was there when
 * the edit began, so that the store can refuse it. A second try then replaces what is there.
 */
function useOwnWords(row: RunRow, of: 'name' | 'note') {
  const there = row[of]
  const [edit, setEdit] = useState<{ readonly text: string; readonly was: string } | null>(null)
  // What was saved stands here until the list of runs brings it.
  const [saved, setSaved] = useState<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it arrives as a change of what is there.
  useEffect(() => setSaved(null), [there])
  const { error, isBusy, sent } = useSent()
  const begin = (): void => setEdit(before => before ?? { text: there, was: there })
  const save = (): void => {
    if (edit === null) return
    if (edit.text === edit.was) {
      setEdit(null)
      return
    }
    const work = send('PUT', `/runs/${row.id}/${of}`, { [of]: edit.text, was: edit.was }).then(
      () => {
        setEdit(null)
        setSaved(edit.text)
      },
      refused => {
        setEdit({ text: edit.text, was: there })
        throw refused
      },
    )
    sent(work)
  }
  const field = {
    className: `own-${of}`,
    value: edit?.text ?? saved ?? there,
    disabled: isBusy,
    onFocus: begin,
    onChange: (event: { readonly target: { readonly value: string } }) =>
      setEdit(before => ({ text: event.target.value, was: before?.was ?? there })),
    onBlur: save,
  }
  return { isEdited: edit !== null, begin, field, error }
}

export function OwnName({ row }: { readonly row: RunRow }) {
  const { field, error } = useOwnWords(row, 'name')
  return (
    <div className="own-words">
      <input
        {...field}
        aria-label="Name"
        placeholder="Name this run"
        onKeyDown={event => event.key === 'Enter' && event.currentTarget.blur()}
      />
      <Problem error={error} />
    </div>
  )
}

/** The note, as the Markdown in it means; while it is edited, below its text. */
export function OwnNote({ row }: { readonly row: RunRow }) {
  const { isEdited, begin, field, error } = useOwnWords(row, 'note')
  const area = useRef<HTMLTextAreaElement>(null)
  const isAsked = useRef(false)
  useEffect(() => {
    if (isAsked.current && isEdited) area.current?.focus()
    isAsked.current = false
  }, [isEdited])
  const isField = isEdited || field.value === '' || error !== null
  return (
    <div className="own-words stack tight">
      {isField && (
        <textarea
          {...field}
          ref={area}
          aria-label="Note"
          placeholder="A note on this run, in Markdown (Ctrl-Enter saves it)"
          rows={Math.min(14, Math.max(2, field.value.split('\n').length + 1))}
          onKeyDown={event => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.blur()
          }}
        />
      )}
      {field.value !== '' && (
        <section aria-label={isField ? 'Preview of the note' : 'Note'}>
          <ProseView text={field.value} />
        </section>
      )}
      {!isField && (
        <button
          type="button"
          className="small"
          onClick={() => {
            isAsked.current = true
            begin()
          }}
        >
          Edit the note
        </button>
      )}
      <Problem error={error} />
    </div>
  )
}
