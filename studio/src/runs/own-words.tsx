import { useState } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { useSent } from '../parts/use-sent.ts'

/**
 * The name or the note of a run. While it is edited, what others write does not take its place; it is sent with what was there when
 * the edit began, so that the store can refuse it. A second try then replaces what is there.
 */
export function OwnWords({ row, of }: { readonly row: RunRow; readonly of: 'name' | 'note' }) {
  const there = row[of]
  const [edit, setEdit] = useState<{ readonly text: string; readonly was: string } | null>(null)
  const { error, isBusy, sent } = useSent()
  const save = (): void => {
    if (edit === null) return
    if (edit.text === edit.was) {
      setEdit(null)
      return
    }
    const work = send('PUT', `/runs/${row.id}/${of}`, { [of]: edit.text, was: edit.was }).then(
      () => setEdit(null),
      refused => {
        setEdit({ text: edit.text, was: there })
        throw refused
      },
    )
    sent(work)
  }
  const field = {
    className: `own-${of}`,
    'aria-label': of === 'name' ? 'Name' : 'Note',
    placeholder: of === 'name' ? 'Name this run' : 'A note on this run (Shift-Enter for a new line)',
    value: edit?.text ?? there,
    disabled: isBusy,
    onFocus: () => setEdit(before => before ?? { text: there, was: there }),
    onChange: (event: { readonly target: { readonly value: string } }) =>
      setEdit(before => ({ text: event.target.value, was: before?.was ?? there })),
    onBlur: save,
  }
  return (
    <div className="own-words">
      {of === 'name' ? (
        <input {...field} onKeyDown={event => event.key === 'Enter' && event.currentTarget.blur()} />
      ) : (
        <textarea
          {...field}
          rows={Math.min(8, field.value.split('\n').length)}
          onKeyDown={event => {
            if (event.key !== 'Enter' || event.shiftKey) return
            event.preventDefault()
            event.currentTarget.blur()
          }}
        />
      )}
      <Problem error={error} />
    </div>
  )
}
