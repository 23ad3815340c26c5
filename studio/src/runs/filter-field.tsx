import type { Ref } from 'react'
import { type FilterError, filterNames } from '../../../src/protocol/run-filter.ts'
import { Menu } from '../design/menu.tsx'

/** The field for a filter, with its fault if there is one and a help on how filters are written. */
export function FilterField({
  field,
  text,
  fault,
  onChange,
}: {
  readonly field: Ref<HTMLInputElement>
  readonly text: string
  readonly fault: FilterError | null
  readonly onChange: (text: string) => void
}) {
  return (
    <div className="filter-field">
      <input
        ref={field}
        type="search"
        placeholder="valAccuracy > 0.9 and tag:baseline  ( / )"
        aria-label="Filter runs"
        aria-invalid={fault !== null}
        aria-describedby={fault ? 'filter-fault' : undefined}
        value={text}
        onChange={event => onChange(event.target.value)}
      />
      <Menu icon="info" label="How to filter" stays isPlain>
        <FilterHelp onTry={onChange} />
      </Menu>
      {fault && <FilterFault fault={fault} />}
    </div>
  )
}

/** What is wrong with a filter, and at which word. */
export function FilterFault({ fault: { message, text, start, end } }: { readonly fault: FilterError }) {
  return (
    <p className="filter-fault" id="filter-fault" role="alert">
      <code>
        {text.slice(Math.max(0, start - 40), start)}
        <mark>{text.slice(start, end) || '␣'}</mark>
        {text.slice(end, end + 40)}
      </code>{' '}
      {message}
    </p>
  )
}

const examples = [
  ['conv baseline', 'both words are in an id, a name, an experiment, a model, data, a user, a tag or a note'],
  ['valAccuracy > 90% and time < 10min', 'by what was measured'],
  ['tag:baseline or tag:"très bien"', 'has a tag'],
  ['model = conv and not note:dropout', '= is the whole text, : a part of it'],
  ['started > yesterday', 'also today, 2026-11-30, 3d for three days ago'],
  ['status = failed and (seed = 1 or seed = 2)', 'brackets'],
] as const

function FilterHelp({ onTry }: { readonly onTry: (text: string) => void }) {
  return (
    <>
      <p className="filter-rules">
        Words, or comparisons with <code>{'= != < <= > >= :'}</code>, joined by <code>and</code>,{' '}
        <code>or</code>, <code>not</code>. Names: {filterNames().join(', ')}, and every column of numbers,
        such as valAccuracy.
      </p>
      <ul className="filter-examples">
        {examples.map(([text, said]) => (
          <li key={text}>
            <button type="button" className="plain" onClick={() => onTry(text)}>
              <code>{text}</code>
            </button>
            <span className="quiet">{said}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
