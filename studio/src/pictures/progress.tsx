import { count, plural } from '../../../src/base/text.ts'
import type { Uploaded } from './use-uploads.ts'

/** How far the pictures are on their way, and which were left out. */
export function Progress({
  state: { total, done, added, there, refused },
  onStop,
  onClear,
}: {
  readonly state: Uploaded
  readonly onStop: () => void
  readonly onClear: () => void
}) {
  const isOver = done >= total
  if (total === 0 && refused.length === 0) return null
  return (
    <section className="upload-progress strip" aria-label="Pictures on their way">
      {isOver ? (
        <p role="status">
          {plural(added, 'picture')} added
          {there > 0 ? `, ${count(there)} there already` : ''}.
        </p>
      ) : (
        <>
          <progress value={done} max={total} aria-label="Added" />
          <span>
            {count(done)} of {count(total)}
          </span>
        </>
      )}
      <button type="button" className="plain" onClick={isOver ? onClear : onStop}>
        {isOver ? 'Close' : 'Stop'}
      </button>
      {refused.length > 0 && (
        <details open={refused.length <= 3}>
          <summary>{plural(refused.length, 'file')} left out</summary>
          <ul className="findings">
            {refused.slice(0, 50).map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
