import { useEffect, useRef, useState } from 'react'
import type { Published } from '../../../src/protocol/publication.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import type { TaskState } from '../../../src/protocol/tasks.ts'
import { send } from '../api.ts'
import { Icon } from '../design/icons.tsx'
import { Segmented } from '../design/segmented.tsx'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'
import { useRuns } from '../stream/stream.ts'
import { Made } from './made.tsx'
import { type Chosen, PublicationForm } from './publication-form.tsx'
import './publish.css'

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

/** Stops the task, if it is still running. */
function stop(made: string): void {
  send('DELETE', `/publications/${made}`).catch(() => {})
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
  const [made, setMade] = useState<string | null>(null)
  /** The request whose answer is still wanted. */
  const wanted = useRef<object | null>(null)
  const forget = (): void => {
    wanted.current = null
    setMade(null)
  }
  // What is no longer asked for is not computed to its end.
  useEffect(() => (made === null ? undefined : () => stop(made)), [made])
  useEffect(
    () => () => {
      wanted.current = null
    },
    [],
  )
  const { error, sent, isBusy } = useSent()
  const path = `/publications/${made}`
  const { data: state, reload } = useGet<TaskState<Published>>(made === null ? null : path)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer asks for the next one.
  useEffect(() => {
    if (state?.state !== 'running') return
    const timer = setTimeout(reload, LOOK_MS)
    return () => clearTimeout(timer)
  }, [state])
  const isRunning = made !== null && (state === null || state.state === 'running')
  const make = (chosen: Chosen): void => {
    const runs = asked.slice(0, MOST).map(({ id }) => id)
    const own = {}
    wanted.current = own
    sent(
      send<{ made: string }>('POST', '/publications', { ...chosen, runs }).then(answer =>
        wanted.current === own ? setMade(answer.made) : stop(answer.made),
      ),
    )
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
          <button type="button" className="plain" aria-label="Close" onClick={() => dialog.current!.close()}>
            ×
          </button>
        </header>
        {ofExperiments.length > rows.length && (
          <Segmented
            label="Which runs"
            of={scopes}
            value={scope}
            onChange={value => {
              forget()
              setScope(value)
            }}
          />
        )}
        <p className="quiet">
          {asked.length === 1 ? `${asked[0]!.model}, seed ${asked[0]!.seed}` : `${asked.length} runs`} of{' '}
          {[...experiments].join(', ')}. Runs that differ in their seed alone are one model.
          {asked.length > MOST && ` The first ${MOST} are taken.`}
        </p>
        <PublicationForm
          isBusy={isBusy || isRunning}
          title={[...experiments].join(', ')}
          onMake={make}
          onChange={forget}
        />
        <Problem error={error ?? (state?.state === 'failed' ? new Error(state.said) : null)} />
        {isRunning && (
          <p className="strip">
            <span role="status">{(state?.state === 'running' && state.said) || 'Starting'} …</span>
            <button type="button" onClick={() => sent(send('DELETE', path).then(reload))}>
              Stop
            </button>
          </p>
        )}
        {state?.state === 'done' && <Made published={state.value} archive={`/api${path}/archive`} />}
      </div>
    </dialog>
  )
}
