import { useEffect, useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { PictureAudit, PictureSetPage } from '../../../src/protocol/pictures.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { useLoaded } from '../parts/use-loaded.ts'

const LOOK_MS = 700

/** What to know of the pictures before training. */
export function Findings({
  page,
  isBusy,
  onSelect,
}: {
  readonly page: PictureSetPage
  /** Pictures are on their way: it is asked again when they have come. */
  readonly isBusy: boolean
  readonly onSelect: (pictures: readonly string[]) => void
}) {
  const { data, error } = useAudit(page, isBusy)
  return (
    <section className="stack tight panel-card" aria-label="What was found">
      <h2>Look them over</h2>
      <Problem error={error} />
      {!data ? (
        <p className="quiet">Looking …</p>
      ) : data.looked < data.total ? (
        <p className="quiet" role="status">
          Looking at the pictures: {count(data.looked)} of {count(data.total)} …
        </p>
      ) : data.findings.length === 0 ? (
        <p>
          <span className="status finished" aria-hidden="true">
            ✓
          </span>{' '}
          All {plural(data.total, 'picture')} can be read, and are there once.
        </p>
      ) : (
        <ul className="picture-findings">
          {data.findings.map(({ kind, severity, text, pictures }) => (
            <li key={`${kind} ${text}`} className={severity}>
              <span className="unseen">{severity}: </span>
              {text}{' '}
              {pictures.length > 0 && (
                <button type="button" className="plain" onClick={() => onSelect(pictures)}>
                  Select {pictures.length === 1 ? 'it' : `these ${count(pictures.length)}`}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** The audit of the pictures as they are now; while it goes on it is asked for again. */
function useAudit(page: PictureSetPage, isBusy: boolean) {
  const [again, setAgain] = useState(0)
  const state = JSON.stringify(page.classes)
  const { data, error } = useLoaded(
    isBusy ? null : state,
    signal =>
      send<PictureAudit>('GET', `/pictures/${encodeURIComponent(page.name)}/audit`, undefined, signal),
    { again },
  )
  const isLooking = data !== null && data.looked < data.total
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer asks for the next one.
  useEffect(() => {
    if (!isLooking) return
    const timer = setTimeout(() => setAgain(n => n + 1), LOOK_MS)
    return () => clearTimeout(timer)
  }, [data, isLooking])
  return { data, error }
}
