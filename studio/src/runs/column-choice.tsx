import { Menu } from '../design/menu.tsx'
import { Check } from '../parts/controls.tsx'
import { setQuery } from '../router.tsx'
import type { Column } from './columns.ts'
import type { ListChoice } from './list-choice.ts'

/** Which columns are shown, and which of them stay in sight. */
export function ColumnChoice({
  columns,
  chosen: { columns: shown, pinned },
  usual,
}: {
  readonly columns: readonly Column[]
  readonly chosen: Pick<ListChoice, 'columns' | 'pinned'>
  readonly usual: readonly string[]
}) {
  return (
    <Menu title="Columns" stays>
      <fieldset className="column-choice">
        <legend className="unseen">Columns of the table</legend>
        {columns.map(({ id, name }) => {
          const isPinned = pinned.includes(id)
          return (
            <div key={id}>
              <Check
                checked={shown.includes(id)}
                onChange={isOn => {
                  const ids = columns.map(column => column.id)
                  const next = ids.filter(other => (other === id ? isOn : shown.includes(other))).join(',')
                  setQuery({ columns: next === usual.join(',') ? undefined : next })
                }}
              >
                {name}
              </Check>
              <button
                type="button"
                className="plain"
                aria-pressed={isPinned}
                disabled={!shown.includes(id)}
                onClick={() =>
                  setQuery({
                    pin: (isPinned ? pinned.filter(other => other !== id) : [...pinned, id]).join(','),
                  })
                }
              >
                {isPinned ? 'Unpin' : 'Pin'} <span className="unseen">{name}</span>
              </button>
            </div>
          )
        })}
      </fieldset>
    </Menu>
  )
}
