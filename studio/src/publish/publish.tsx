import { useEffect, useRef, useState } from 'react'
import type { RunRow } from '../../../src/protocol/studio.ts'
import type { Publication } from '../../../src/protocol/tasks.ts'
import { send } from '../api.ts'
import { Icon } from '../design/icons.tsx'
import { Segmented } from '../design/segmented.tsx'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'
import { useRuns } from '../stream/stream.ts'
import { MadeList } from './made.tsx'
import { type Chosen, PublicationForm } from './publication-form.tsx'
import './publish.css'
import { IconButton } from '../design/icon-button.tsx'

/** The server compares no more at once. */
const MOST = 60
const LOOK_MS = 500
const scopes = { chosen: 'These runs', experiment: 'All of the experiment' } as const

/** A button that makes figures of runs, or a report about them, by what `heddle figures` and `heddle report` do. */
export function Publish({ rows }: { readonly rows: readonly RunRow[] }) {
  const [isOpen, setOpen] = useState(false)
  const finished = rows.filter(({ status, study }) => status === 'finished' && study === null)
  if (finished.length === 0) return null
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        <Icon name="report" /> Figures and report
      </button>
      {isOpen && <PublishDialog rows={finished} onClose={() => setOpen(false)} />}
    </>
  )
}

function PublishDialog({
  rows,
  onClose,
}: {
  readonly rows: readonly RunRow[]
  readonly onClose: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current!.showModal(), [])
  const all = useRuns().rows ?? []
  const [scope, setScope] = useState<keyof typeof scopes>('chosen')
  const experiments = new Set(rows.map(({ experiment }) => experiment))
  const ofExperiments = all.filter(
    ({ status, study, experiment }) => status === 'finished' && study === null && experiments.has(experiment),
  )
  const asked = scope === 'chosen' ? rows : ofExperiments
  const { error, sent, isBusy } = useSent()
  const { data: made, error: unheard, reload } = useGet<readonly Publication[]>('/publications')
  const isRunning = made?.some(({ state }) => state.state === 'running') ?? false
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer asks for the next one.
  useEffect(() => {
    if (!isRunning) return
    const timer = setTimeout(reload, LOOK_MS)
    return () => clearTimeout(timer)
  }, [made])
  const make = (chosen: Chosen): void => {
    const runs = asked.slice(0, MOST).map(({ id }) => id)
    sent(send('POST', '/publications', { ...chosen, runs }).then(reload))
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; a click beside it does as well.
    <dialog
      ref={dialog}
      className="publish"
      aria-label="Figures and report"
      onClose={onClose}
      onClick={event => event.target === dialog.current && dialog.current.close()}
    >
      <div className="stack">
        <header className="card-head">
          <h2>Figures and report</h2>
          <IconButton icon="close" label="Close" onClick={() => dialog.current!.close()} />
        </header>
        {ofExperiments.length > rows.length && (
          <Segmented label="Which runs" of={scopes} value={scope} onChange={setScope} />
        )}
        <p className="quiet">
          {asked.length === 1 ? `${asked[0]!.model}, seed ${asked[0]!.seed}` : `${asked.length} runs`} of{' '}
          {[...experiments].join(', ')}. Runs that differ in their seed alone are one model.
          {asked.length > MOST && ` The first ${MOST} are taken.`}
        </p>
        <PublicationForm isBusy={isBusy} title={[...experiments].join(', ')} onMake={make} />
        <Problem error={error ?? unheard} />
        {made && made.length > 0 && (
          <MadeList all={made} onRemove={one => sent(send('DELETE', `/publications/${one}`).then(reload))} />
        )}
      </div>
    </dialog>
  )
}
