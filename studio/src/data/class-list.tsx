import { sum } from '../../../src/base/maths.ts'
import { count } from '../../../src/base/text.ts'

/** How many images each class has; choosing one shows its images alone. */
export function ClassList({
  classNames,
  counts,
  chosen,
  onChoose,
}: {
  readonly classNames: readonly string[]
  /** By class; `null`: not known yet. */
  readonly counts: readonly number[] | null
  readonly chosen: number | null
  readonly onChoose: (index: number | null) => void
}) {
  const most = Math.max(1, ...(counts ?? []))
  const total = counts ? sum(counts) : null
  const row = (name: string, n: number | null, index: number | null) => (
    <li key={index ?? 'all'}>
      <button type="button" className="plain" aria-pressed={chosen === index} onClick={() => onChoose(index)}>
        <span className="class-name">{name}</span>
        <span className="class-bar">
          {index !== null && <span style={{ width: `${(100 * (n ?? 0)) / most}%` }} />}
        </span>
        <span className="class-count">{n === null ? '–' : count(n)}</span>
      </button>
    </li>
  )
  return (
    <ul className="class-list" aria-label="Images by class">
      {row('All classes', total, null)}
      {classNames.map((name, k) => row(name, counts?.[k] ?? null, k))}
    </ul>
  )
}
