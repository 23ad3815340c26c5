import { useId } from 'react'
import { setQuery } from '../router.tsx'
import { type Axis, LEAST, type Limits, limitChanges, MOST } from './axes.ts'

/** The limits that the parallel coordinates can be given, as fields: for the keyboard, and for exact numbers. */
export function LimitFields<T>({
  axes,
  limits,
  noun,
}: {
  readonly axes: readonly Axis<T>[]
  readonly limits: Limits
  readonly noun: 'run' | 'trial'
}) {
  const isLimited = axes.some(({ id }) => limits[id])
  return (
    <details className="fold limits" open={isLimited}>
      <summary>
        {isLimited ? `Limited: ${sentence(axes, limits)}` : `Limit the ${noun}s that are listed`}
      </summary>
      <div className="fields">
        {axes.map(axis => (
          <Ends key={axis.id} axis={axis} limit={limits[axis.id]} />
        ))}
      </div>
      {isLimited && (
        <button type="button" onClick={() => setQuery(limitChanges(axes, {}))}>
          Without limits
        </button>
      )}
    </details>
  )
}

function sentence<T>(axes: readonly Axis<T>[], limits: Limits): string {
  return axes
    .flatMap(({ id, title, text, choices }) => {
      const limit = limits[id]
      if (!limit) return []
      const [low, high] = choices ? [Math.ceil(limit[0]), Math.floor(limit[1])] : limit
      if (low === high) return [`${title} ${text(low)}`]
      if (low <= LEAST) return [`${title} up to ${text(high)}`]
      return [high >= MOST ? `${title} from ${text(low)}` : `${title} ${text(low)} to ${text(high)}`]
    })
    .join(', ')
}

function Ends<T>({
  axis,
  limit = [LEAST, MOST],
}: {
  readonly axis: Axis<T>
  readonly limit: readonly [number, number] | undefined
}) {
  const name = useId()
  const { title, choices } = axis
  const change = (end: 0 | 1, text: string): void => {
    const place = text === '' ? (end === 0 ? LEAST : MOST) : Number(text)
    const ends = end === 0 ? ([place, limit[1]] as const) : ([limit[0], place] as const)
    const isOpen = ends[0] <= LEAST && ends[1] >= MOST
    setQuery(limitChanges([axis], isOpen ? {} : { [axis.id]: ends }))
  }
  const field = (end: 0 | 1, word: string) => {
    const place = limit[end]
    const isOpen = Math.abs(place) >= MOST
    const shared = { 'aria-label': `${title} ${word}` }
    return choices ? (
      <select
        {...shared}
        value={isOpen ? '' : end === 0 ? Math.ceil(place) : Math.floor(place)}
        onChange={event => change(end, event.target.value)}
      >
        <option value="">{word}</option>
        {choices.map((choice, i) => (
          <option key={choice} value={i}>
            {choice}
          </option>
        ))}
      </select>
    ) : (
      <input
        {...shared}
        type="number"
        step="any"
        placeholder={word}
        // A number, not its text: "0.0" may then become "0.01" while you type.
        value={isOpen ? '' : place}
        onChange={event => change(end, event.target.value)}
      />
    )
  }
  return (
    <fieldset className="field short" aria-labelledby={name}>
      <span id={name}>{title}</span>
      <span className="row">
        {field(0, 'from')} {field(1, 'to')}
      </span>
    </fieldset>
  )
}
