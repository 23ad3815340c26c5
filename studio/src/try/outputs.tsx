import { percent } from '../../../src/base/text.ts'
import './outputs.css'

/** What the network gives each class; choosing one shows the evidence for it. */
export function Outputs({
  classNames,
  outputs,
  predicted,
  explained,
  onExplain,
}: {
  readonly classNames: readonly string[]
  /** `null`: not asked yet. */
  readonly outputs: readonly number[] | null
  readonly predicted: number | null
  readonly explained: number | null
  readonly onExplain: (index: number) => void
}) {
  const isShare = outputs?.every(value => value >= 0 && value <= 1) ?? true
  const most = outputs ? Math.max(...outputs.map(Math.abs), isShare ? 1 : 0) : 1
  const names = outputs ? outputs.map((_, k) => classNames[k] ?? `Output ${k}`) : classNames
  return (
    <ul className="outputs" aria-label={isShare ? 'Probabilities' : 'Outputs'}>
      {names.map((name, k) => {
        const value = outputs?.[k]
        return (
          <li key={name} data-predicted={k === predicted}>
            <button
              type="button"
              className="plain"
              aria-pressed={k === explained}
              disabled={!outputs}
              onClick={() => onExplain(k)}
            >
              <span className="outputs-name">{name}</span>
              <span className="outputs-bar">
                <span style={{ width: `${value === undefined ? 0 : (100 * Math.abs(value)) / most}%` }} />
              </span>
              <span className="outputs-value">
                {value === undefined ? '–' : isShare ? percent(value, 1) : value.toFixed(3)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
