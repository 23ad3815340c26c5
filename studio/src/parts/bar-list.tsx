import './bar-list.css'

export interface BarItem {
  readonly name: string
  /** From 0 to 1; left out: without a bar. */
  readonly share?: number | undefined
  readonly text: string
  readonly isPressed: boolean
  /** Stands out among the others. */
  readonly isMarked: boolean
  readonly onPress: () => void
}

/** Names to choose from, each with a number and a bar. */
export function BarList({
  items,
  label,
  disabled = false,
}: {
  readonly items: readonly BarItem[]
  readonly label: string
  readonly disabled?: boolean
}) {
  return (
    <ul className="bar-list" aria-label={label}>
      {items.map(({ name, share, text, isPressed, isMarked, onPress }) => (
        <li key={name} data-marked={isMarked}>
          <button
            type="button"
            className="plain"
            aria-pressed={isPressed}
            disabled={disabled}
            onClick={onPress}
          >
            <span className="bar-name">{name}</span>
            <span className="meter">
              <span style={{ width: `${100 * (share ?? 0)}%` }} />
            </span>
            <span className="bar-value number">{text}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
