import { percent } from '../../../src/base/text.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'

/** One of some runs. */
export function RunChoice({
  label = 'Network',
  runs,
  chosen,
  none,
  onChoose,
}: {
  readonly label?: string
  readonly runs: readonly RunRow[]
  readonly chosen: string
  /** The name of an empty choice (`''`); left out: a run must be chosen. */
  readonly none?: string
  readonly onChoose: (id: string) => void
}) {
  return (
    <label>
      <span>{label}</span>{' '}
      <select value={chosen} onChange={event => onChoose(event.target.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {chosen !== '' && !runs.some(({ id }) => id === chosen) && <option value={chosen}>{chosen}</option>}
        {runs.map(({ id, model, experiment, seed, metrics: { testAccuracy } }) => (
          <option key={id} value={id}>
            {model} · {experiment} · seed {seed}
            {testAccuracy !== undefined && ` · ${percent(testAccuracy)}`} · {id.slice(0, 6)}
          </option>
        ))}
      </select>
    </label>
  )
}
