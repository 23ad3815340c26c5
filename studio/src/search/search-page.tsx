import { useMemo } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { SearchRow, TrialCurves } from '../../../src/protocol/studio.ts'
import type { StudyView } from '../../../src/protocol/study.ts'
import { send } from '../api.ts'
import { usePalette } from '../parts/chart.tsx'
import { duration, moment } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { BlockView } from '../parts/section-view.tsx'
import { type Loaded, useLoaded } from '../parts/use-loaded.ts'
import { useThrottled } from '../parts/use-throttled.ts'
import { Status } from '../runs/status.tsx'
import { limitsOf, nameInText, objectiveText, within } from './axes.ts'
import { BestSoFar } from './best-so-far.tsx'
import { Front } from './front.tsx'
import { Importance } from './importance.tsx'
import { LearningCurves } from './learning-curves.tsx'
import { LimitFields } from './limit-fields.tsx'
import { Parallel } from './parallel.tsx'
import { SealedTest } from './sealed-test.tsx'
import { bestWord, type Shown, shownOf } from './shown.ts'
import { Slices } from './slices.tsx'
import { selectedIn } from './trial-choice.ts'
import { TrialTable } from './trial-table.tsx'
import { Verdict } from './verdict.tsx'

/** A search with thousands of trials is large: it need not be sent at each of its reports. */
const PAUSE_MS = 1000

/** One search: the answer first, then what it follows from. */
export function SearchPage({ row, query }: { readonly row: SearchRow; readonly query: URLSearchParams }) {
  const view = useAsked<StudyView>(`/searches/${row.id}`, `${row.events}`)
  const curves = useAsked<TrialCurves>(`/searches/${row.id}/curves`, `${row.events} ${row.learned}`)
  if (view.error) return <Problem error={view.error} />
  if (!view.data) return <p className="quiet">Reading the search …</p>
  return (
    <>
      <Problem error={curves.error} />
      <Parts view={view.data} curves={curves.data} query={query} />
    </>
  )
}

/** What was there stays until there is something new of this version. */
function useAsked<T>(path: string, version: string): Loaded<T> {
  return useLoaded<T>(path, signal => send('GET', path, undefined, signal), {
    again: useThrottled(version, PAUSE_MS),
  })
}

function Parts({
  view,
  curves,
  query,
}: {
  readonly view: StudyView
  readonly curves: TrialCurves | null
  readonly query: URLSearchParams
}) {
  const palette = usePalette()
  const selected = query.get('select') ?? ''
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text of the selection is the selection.
  const shown = useMemo(() => shownOf(view, selectedIn(query), palette), [view, selected, palette])
  const asked = query.toString()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text of the address has the limits.
  const limits = useMemo(() => limitsOf(query), [asked])
  const axes = useMemo(() => [...shown.parameters, ...shown.objectives], [shown])
  const listed = useMemo(() => within(view.trials, axes, limits), [view, axes, limits])
  const isMeasured = shown.trials.some(trial => shown.value.at(trial) !== null)
  return (
    <div className="stack search">
      <Title view={view} />
      <Verdict view={view} />
      <Budget view={view} />
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
      {view.trials.length > 0 && (
        <>
          <LimitFields axes={axes} limits={limits} />
          <TrialTable shown={shown} trials={listed} curves={curves} query={query} />
        </>
      )}
      {isMeasured && <Slices shown={shown} />}
      <Importance importance={view.importance} title={shown.value.title} />
      <SealedTest view={view} />
    </div>
  )
}

function Title({ view: { name, id, state, user, createdAt } }: { readonly view: StudyView }) {
  return (
    <div className="run-title">
      <h1>{name}</h1>
      <p className="quiet">
        <span className="mono">{id}</span> · begun by {user}, {moment(createdAt)} · <Status status={state} />
      </p>
    </div>
  )
}

function Budget({ view }: { readonly view: StudyView }) {
  const { budget, state, ended, sampler, scheduler, seed, objectives, trials } = view
  const { spentTrials, spentSeconds, spentEpochs } = budget
  const remaining = remainingSeconds(budget)
  const full = trials.reduce((sum, { maxEpochs }) => sum + maxEpochs, 0)
  const best = trials.find(({ trial }) => trial === view.best[0])
  const of = (limit: number | null, text: (n: number) => string): string =>
    limit === null ? '' : ` of ${text(limit)}`
  const facts = [
    ...(objectives.length === 1
      ? [
          {
            name: `Best ${nameInText(objectives[0]!)}`,
            text: objectiveText(objectives[0]!, best?.values?.[0]),
          },
        ]
      : [{ name: 'On the Pareto front', text: plural(view.best.length, 'trial') }]),
    { name: 'Trials', text: `${count(spentTrials)}${of(budget.trials, count)}` },
    { name: 'Time', text: `${duration(spentSeconds)}${of(budget.seconds, duration)}` },
    {
      name: 'Epochs',
      text: `${count(spentEpochs)} of ${count(full)}`,
      meaning: 'trained, of those that all trials would have taken without pauses',
    },
    { name: 'Sampler', text: sampler },
    { name: 'Scheduler', text: scheduler },
    { name: 'Seed', text: String(seed) },
  ]
  return (
    <>
      {state === 'running' && (
        <p className="strip progress">
          <progress value={shareOf(budget)} max={1} aria-label="Spent of the budget" />
          <span>{Math.floor(100 * shareOf(budget))} % of the budget</span>
          <span className="quiet">
            {remaining === null ? 'measuring the speed …' : `about ${duration(remaining)} left`}
          </span>
        </p>
      )}
      {ended !== null && state !== 'running' && <p className="measure">{ended}</p>}
      <BlockView block={{ kind: 'facts', facts }} />
    </>
  )
}

/** What is spent first decides. */
function shareOf({ trials, seconds, spentTrials, spentSeconds }: StudyView['budget']): number {
  return Math.min(1, Math.max(trials ? spentTrials / trials : 0, seconds ? spentSeconds / seconds : 0))
}

/** By the pace so far; `null`: nothing to go by yet. */
export function remainingSeconds({
  trials,
  seconds,
  spentTrials,
  spentSeconds,
}: StudyView['budget']): number | null {
  const left = [
    ...(trials !== null && spentTrials > 0 ? [((trials - spentTrials) * spentSeconds) / spentTrials] : []),
    ...(seconds !== null ? [seconds - spentSeconds] : []),
  ]
  return left.length === 0 ? null : Math.max(0, Math.min(...left))
}

function Legend({ shown: { palette, trials, view } }: { readonly shown: Shown }) {
  const hasPaused = trials.some(({ state }) => state !== 'finished')
  return (
    <ul className="strip legend">
      <li>
        <i
          className="ramp"
          style={{ background: `linear-gradient(to right, ${palette.worst}, ${palette.accent})` }}
        />
        worst to best
      </li>
      <li>
        <span style={{ color: palette.best }}>◆</span> {bestWord(view)}
      </li>
      <li>
        <span className="quiet">■</span> your starting point
      </li>
      {hasPaused && (
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
