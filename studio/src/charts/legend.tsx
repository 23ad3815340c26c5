import type { ReactNode } from 'react'

export interface LegendEntry {
  readonly key: string
  readonly name: string
  readonly detail?: string
  readonly color: string
}

/** Which of some lines are hidden. */
export type Hidden = ReadonlySet<string>

/** The names of the lines: a click hides one or shows it again, "only" hides all others. */
export function Legend({
  entries,
  hidden,
  onHide,
  children,
}: {
  readonly entries: readonly LegendEntry[]
  readonly hidden: Hidden
  readonly onHide: (hidden: Hidden) => void
  /** What else the lines mean. */
  readonly children?: ReactNode
}) {
  const keys = entries.map(({ key }) => key)
  const isAlone = (key: string): boolean => keys.every(other => hidden.has(other) !== (other === key))
  const toggle = (key: string): void => {
    const next = new Set(hidden)
    if (!next.delete(key)) next.add(key)
    onHide(next)
  }
  return (
    <ul className="legend" aria-label="Legend">
      {entries.map(({ key, name, detail, color }) => (
        <li key={key}>
          <button
            type="button"
            className="plain"
            aria-pressed={!hidden.has(key)}
            title={hidden.has(key) ? 'Show' : 'Hide'}
            onClick={() => toggle(key)}
          >
            <i style={{ borderColor: color, background: hidden.has(key) ? 'transparent' : color }} />
            <span>{name}</span>
            {detail && <span className="quiet">{detail}</span>}
          </button>
          {entries.length > 1 && (
            <button
              type="button"
              className="plain only"
              aria-label={isAlone(key) ? 'Show all' : `Show only ${name}`}
              onClick={() => onHide(isAlone(key) ? new Set() : new Set(keys.filter(other => other !== key)))}
            >
              {isAlone(key) ? 'all' : 'only'}
            </button>
          )}
        </li>
      ))}
      {children}
    </ul>
  )
}
