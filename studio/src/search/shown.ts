import { color } from 'echarts/core'
import { listOf } from '../../../src/base/text.ts'
import type { ObjectiveFacts, StudyView, TrialRow } from '../../../src/protocol/study.ts'
import type { Palette } from '../charts/palette.ts'
import { type Axis, objectiveAxes, parameterAxes, ranksOf } from './axes.ts'

/** What all charts of a search draw: the same trials in the same colours. */
export interface Shown {
  readonly view: StudyView
  /** Trials of the search itself: a repeat has the parameters of another one. */
  readonly trials: readonly TrialRow[]
  readonly parameters: readonly Axis[]
  readonly objectives: readonly Axis[]
  /** The objective that colours and curves go by. */
  readonly objective: ObjectiveFacts
  readonly value: Axis
  /** See `bestOf`. */
  readonly isBest: (trial: TrialRow) => boolean
  readonly selected: ReadonlySet<number>
  readonly palette: Palette
  readonly colorOf: (trial: TrialRow) => string
}

export function shownOf(view: StudyView, selected: ReadonlySet<number>, palette: Palette): Shown {
  const trials = view.trials.filter(({ origin }) => origin !== 'repeat')
  const objectives = objectiveAxes(view)
  const value = objectives[0]!
  const objective = view.objectives[0]!
  const ranks = ranksOf(trials, objective, value)
  const best = new Set(bestOf(view))
  return {
    view,
    trials,
    parameters: parameterAxes(view),
    objectives,
    objective,
    value,
    isBest: ({ trial }) => best.has(trial),
    selected,
    palette,
    colorOf: ({ trial }) =>
      best.has(trial) ? palette.best : color.lerp(ranks.get(trial) ?? 0, [palette.worst, palette.measure])!,
  }
}

/** The trials that stand out: of several objectives the Pareto front, of one the winner of the repeats, or the best until there are some. */
function bestOf({ objectives, best, verdict }: StudyView): readonly number[] {
  if (objectives.length > 1) return best
  return verdict ? [verdict.winner] : best.slice(0, 1)
}

export function bestWord({ objectives, verdict }: StudyView): string {
  if (objectives.length > 1) return 'on the Pareto front'
  return verdict ? 'the winner' : 'the best so far'
}

/** A trial in a few words, for what appears beside the pointer: nodes, so that no name is read as HTML. */
function trialTip({ objectives, parameters, view, isBest }: Shown, trial: TrialRow): HTMLElement {
  const table = document.createElement('table')
  const notes = [
    isBest(trial) ? bestWord(view) : '',
    trial.origin === 'start' ? 'your starting point' : '',
    trial.state === 'finished' ? '' : trial.state,
  ].filter(Boolean)
  table.createCaption().textContent = `Trial ${trial.trial}${notes.length > 0 ? `: ${listOf(notes)}` : ''} · ${trial.epochs} of ${trial.maxEpochs} epochs`
  for (const { id, title, at, text } of [...objectives, ...parameters].slice(0, MOST_LINES)) {
    const place = at(trial)
    if (place === null) continue
    const row = table.insertRow()
    row.dataset.axis = id
    row.insertCell().textContent = title
    row.insertCell().textContent = text(place)
  }
  return table
}

const MOST_LINES = 16

/** How charts show what is under the pointer. */
export function tooltipOf(shown: Shown, trialOf: (event: never) => TrialRow | undefined): object {
  const { palette } = shown
  return {
    trigger: 'item',
    className: 'chart-tip',
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontSize: 12 },
    formatter: (event: never) => {
      const trial = trialOf(event)
      return trial ? trialTip(shown, trial) : ''
    },
  }
}

/** In the order in which they are drawn: what stands out is over the others. */
export function bestLast<T extends { readonly trial: TrialRow }>(
  { isBest }: Shown,
  items: readonly T[],
): T[] {
  return [...items].sort((a, b) => Number(isBest(a.trial)) - Number(isBest(b.trial)))
}

/** A trial's mark among others: its sign says what it is, also without colours. */
export function markOf(shown: Shown, trial: TrialRow): object {
  const { selected, palette, colorOf } = shown
  const isBest = shown.isBest(trial)
  const isChosen = selected.has(trial.trial)
  const isWhole = trial.state === 'finished'
  const hue = colorOf(trial)
  return {
    symbol: isBest ? 'diamond' : trial.origin === 'start' ? 'rect' : 'circle',
    symbolSize: isBest ? 13 : isChosen || trial.origin === 'start' ? 9 : 7,
    z: isBest ? 5 : 3,
    itemStyle: {
      color: isWhole ? hue : palette.surface,
      borderColor: isChosen ? palette.text : hue,
      borderWidth: isChosen ? 2.5 : 1.5,
    },
  }
}
