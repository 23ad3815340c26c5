import { color } from 'echarts/core'
import { listOf } from '../../../src/base/text.ts'
import type { ObjectiveFacts, StudyView, TrialRow } from '../../../src/protocol/study.ts'
import type { Palette } from '../charts/palette.ts'
import { ranksOf } from '../points/axes.ts'
import type { Shown } from '../points/shown.ts'
import { objectiveAxes, parameterAxes } from './trial-axes.ts'
import { chosenTrial } from './trial-choice.ts'

/** The trials of a search itself: a repeat has the parameters of another one. */
export interface ShownTrials extends Shown<TrialRow> {
  readonly view: StudyView
  /** What `value` measures. */
  readonly objective: ObjectiveFacts
}

const on = { click: chosenTrial }

export function shownOf(view: StudyView, selected: ReadonlySet<number>, palette: Palette): ShownTrials {
  const items = view.trials.filter(({ origin }) => origin !== 'repeat')
  const objectives = objectiveAxes(view)
  const value = objectives[0]!
  const ranks = ranksOf(items, value)
  const best = new Set(bestOf(view))
  const isBest = ({ trial }: TrialRow): boolean => best.has(trial)
  return {
    view,
    items,
    noun: 'trial',
    parameters: parameterAxes(view),
    objectives,
    objective: view.objectives[0]!,
    value,
    keyOf: ({ trial }) => String(trial),
    isBest,
    isChosen: ({ trial }) => selected.has(trial),
    isStart: ({ origin }) => origin === 'start',
    isWhole: ({ state }) => state === 'finished',
    colorOf: trial =>
      isBest(trial) ? palette.best : color.lerp(ranks.get(trial) ?? 0, [palette.worst, palette.measure])!,
    caption: trial => captionOf(trial, isBest(trial) ? bestWord(view) : ''),
    on,
    palette,
  }
}

function captionOf({ trial, origin, state, epochs, maxEpochs }: TrialRow, best: string): string {
  const notes = [
    best,
    origin === 'start' ? 'your starting point' : '',
    state === 'finished' ? '' : state,
  ].filter(Boolean)
  return `Trial ${trial}${notes.length > 0 ? `: ${listOf(notes)}` : ''} · ${epochs} of ${maxEpochs} epochs`
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
