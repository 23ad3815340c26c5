import { plural } from '../../../src/base/text.ts'
import type { Picking } from './use-picking.ts'

/** What can be done with the pictures that are selected: it stays in sight. */
export function SelectionBar({
  picking,
  classNames,
}: {
  readonly picking: Picking
  readonly classNames: readonly string[]
}) {
  const { count, move, remove, clear, chosen } = picking
  return (
    <section className="selection-bar" aria-label="Selected pictures" data-shown={count > 0}>
      <p role="status">{count === 0 ? '' : `${plural(count, 'picture')} selected`}</p>
      {count > 0 && (
        <>
          <span className="quiet">Move to</span>
          {classNames.length <= 9 ? (
            classNames.map((name, i) => (
              <button
                key={name}
                type="button"
                disabled={chosen().every(id => id.startsWith(`${name}/`))}
                onClick={() => move(name)}
              >
                <kbd>{i + 1}</kbd> {name}
              </button>
            ))
          ) : (
            <select aria-label="Move to" value="" onChange={event => move(event.target.value)}>
              <option value="">a class …</option>
              {classNames.map(name => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
          <button type="button" onClick={remove}>
            Remove
          </button>
          <button type="button" className="plain" onClick={clear}>
            Clear the selection
          </button>
        </>
      )}
    </section>
  )
}
