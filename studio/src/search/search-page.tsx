import { type ReactNode, useMemo } from 'react'
import type { Block, Section } from '../../../src/protocol/section.ts'
import type { SearchRow, TrialCurves } from '../../../src/protocol/studio.ts'
import type { StudyView } from '../../../src/protocol/study.ts'
import { isReadyForTest } from '../../../src/protocol/study-text.ts'
import { studySection } from '../../../src/show/study-section.ts'
import { send } from '../api.ts'
import { usePalette } from '../charts/palette.ts'
import { Skeleton } from '../design/skeleton.tsx'
import { duration, moment } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { SectionView } from '../parts/section-view.tsx'
import { type Loaded, useLoaded } from '../parts/use-loaded.ts'
import { useThrottled } from '../parts/use-throttled.ts'
import { limitsOf, within } from '../points/axes.ts'
import { ImportanceBars } from '../points/importance.tsx'
import { LimitFields } from '../points/limit-fields.tsx'
import { Parallel } from '../points/parallel.tsx'
import { Status } from '../runs/status.tsx'
import { BestSoFar } from './best-so-far.tsx'
import { Front } from './front.tsx'
import { LearningCurves } from './learning-curves.tsx'
import { Slices } from './slices.tsx'
import { selectedIn } from './trial-choice.ts'
import { bestWord, type ShownTrials, shownOf } from './trial-shown.ts'
import { TrialTable } from './trial-table.tsx'

/** A search with thousands of trials is large: it need not be sent at each of its reports. */
const PAUSE_MS = 1000

/** One search: the answer first, then what it follows from, in the words that the command line has. */
export function SearchPage({ row, query }: { readonly row: SearchRow; readonly query: URLSearchParams }) {
  const view = useAsked<StudyView>(`/searches/${row.id}`, `${row.events} ${row.state}`)
  const curves = useAsked<TrialCurves>(`/searches/${row.id}/curves`, `${row.events} ${row.learned}`)
  if (view.error) return <Problem error={view.error} />
  if (!view.data) return <Skeleton label="Reading the search …" rows={16} />
  return (
    <div className="flow search">
      <Title view={view.data} />
      <Problem error={curves.error} />
      <Parts view={view.data} curves={curves.data} query={query} />
    </div>
  )
}

/** What was there stays until there is something new of this version. */
function useAsked<T>(path: string, version: string): Loaded<T> {
  return useLoaded<T>(path, signal => send('GET', path, undefined, signal), {
    again: useThrottled(version, PAUSE_MS),
  })
}

function Title({ view }: { readonly view: StudyView }) {
  const { name, id, state, user, createdAt } = view
  return (
    <header className="stack tight">
      <div className="run-title">
        <h1>{name}</h1>
        <p className="quiet">
          <span className="mono">{id}</span> · begun by {user}, {moment(createdAt)} ·{' '}
          <Status status={state} />
        </p>
      </div>
      {state === 'running' && <Progress budget={view.budget} />}
    </header>
  )
}

function Progress({ budget }: { readonly budget: StudyView['budget'] }) {
  const { remainingSeconds: remaining } = budget
  const share = shareOf(budget)
  return (
    <p className="strip progress">
      <progress value={share} max={1} aria-label="Spent of the budget" />
      <span>{Math.floor(100 * share)} % of the budget</span>
      <span className="quiet">
        {remaining === null ? 'measuring the speed …' : `about ${duration(remaining)} left`}
      </span>
    </p>
  )
}

/** What is spent first decides. */
function shareOf({ trials, seconds, spentTrials, spentSeconds }: StudyView['budget']): number {
  return Math.min(1, Math.max(trials ? spentTrials / trials : 0, seconds ? spentSeconds / seconds : 0))
}

interface PartProps {
  readonly view: StudyView
  /** `null` until they are there. */
  readonly curves: TrialCurves | null
  readonly query: URLSearchParams
}

function Parts({ view, curves, query }: PartProps) {
  const section = useMemo(() => studySection(view), [view])
  return (
    <>
      <SectionView
        section={section}
        instead={{
          best: () => <Trials view={view} curves={curves} query={query} />,
          importance: (block: Section) => (
            <Titled
              section={block}
              instead={{ importance: () => <ImportanceBars shares={view.importance?.shares ?? []} /> }}
            />
          ),
        }}
      />
      {isReadyForTest(view) && <pre className="code">heddle search --resume {view.name} --final</pre>}
    </>
  )
}

/** A section whose parts have another look. */
function Titled({
  section,
  instead,
}: {
  readonly section: Section
  readonly instead: Readonly<Record<string, (block: Block) => ReactNode>>
}) {
  return (
    <section aria-label={section.title} className="card">
      <h2>{section.title}</h2>
      <SectionView section={section} instead={instead as never} />
    </section>
  )
}

/** The trials as charts and as a table; what is chosen in one is chosen in all. */
function Trials({ view, curves, query }: PartProps) {
  const palette = usePalette()
  const asked = query.toString()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text of the address has the choice.
  const shown = useMemo(() => shownOf(view, selectedIn(query), palette), [view, asked, palette])
  const axes = useMemo(() => [...shown.parameters, ...shown.objectives], [shown])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text of the address has the limits.
  const limits = useMemo(() => limitsOf(query, axes), [asked, axes])
  const listed = useMemo(() => within(view.trials, axes, limits), [view, axes, limits])
  const isMeasured = shown.items.some(trial => shown.value.at(trial) !== null)
  if (view.trials.length === 0) return null
  return (
    <>
      {isMeasured && (
        <>
          {view.objectives.length > 1 && <Front shown={shown} />}
          <div className="columns halves">
            <BestSoFar shown={shown} query={query} />
            <LearningCurves shown={shown} curves={curves} />
          </div>
          <Legend shown={shown} />
          <Parallel shown={shown} limits={limits} />
        </>
      )}
      <LimitFields axes={axes} limits={limits} noun="trial" />
      <TrialTable shown={shown} trials={listed} curves={curves} query={query} />
      {isMeasured && <Slices shown={shown} />}
    </>
  )
}

function Legend({ shown: { palette, items, view } }: { readonly shown: ShownTrials }) {
  return (
    <ul className="strip legend">
      <li>
        <i
          className="ramp"
          style={{ background: `linear-gradient(to right, ${palette.worst}, ${palette.measure})` }}
        />
        worst to best
      </li>
      <li>
        <span style={{ color: palette.best }}>◆</span> {bestWord(view)}
      </li>
      <li>
        <span className="quiet">■</span> your starting point
      </li>
      {items.some(({ state }) => state !== 'finished') && (
        <li>
          <span className="quiet">○</span> not trained to its end
        </li>
      )}
      <li>
        <span className="quiet">▼</span> worse than what is shown
      </li>
    </ul>
  )
}
