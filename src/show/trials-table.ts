import { clockTime } from '../base/text.ts'
import type { StudyView, TrialRow } from '../protocol/study.ts'
import { objectiveText, parameterText } from '../protocol/study-text.ts'
import { type Cell, type ColumnOf, type Table, tableOf, type Value } from '../protocol/table.ts'

const origins = { start: 'your starting point', sampler: 'sampler', repeat: 'repeat' } as const

/** Trials with what was measured, their parameters and how far they were trained. */
function trialsTable({ objectives, parameters }: StudyView, trials: readonly TrialRow[]): Table {
  return tableOf<TrialRow>(trials, [
    ['trial', 'Trial', ({ trial }) => trial],
    ...objectives.map(
      (objective, i): ColumnOf<TrialRow> => [
        objective.name,
        objective.label,
        ({ values }) => values?.[i],
        value => objectiveText(objective, value),
      ],
    ),
    ...parameters.map(({ name }): ColumnOf<TrialRow> => [name, name, row => parameterCell(row, name)]),
    ['epochs', 'Epochs', ({ epochs, maxEpochs }) => ({ value: epochs, text: `${epochs}/${maxEpochs}` })],
    ['state', 'State', ({ state }) => state],
    [
      'origin',
      'From',
      ({ origin, of }) => (of === null ? origins[origin] : `repeat of ${of}`),
      { optional: true },
    ],
    ['seed', 'Seed', ({ seed }) => seed, { optional: true }],
    ['seconds', 'Time', ({ seconds }) => seconds, { show: clockTime, optional: true }],
    ['run', 'Run', ({ run, epochs }) => (epochs > 0 ? run : null), { optional: true, whole: true }],
    ['reason', 'Reason', ({ reason }) => reason],
  ])
}

/** What a table of trials need not show in each row. */
export interface FoldedTrials {
  readonly table: Table
  /** The parameters that are the same in all rows, as a sentence; empty where there are none. */
  readonly same: string
}

/** The table without the parameters that are the same in all rows. */
export function foldedTrials(view: StudyView, trials: readonly TrialRow[]): FoldedTrials {
  const [first] = trials
  const textOf = ({ parameters }: TrialRow, name: string): string | null =>
    Object.hasOwn(parameters, name) ? parameterText(parameters[name]!) : null
  const isSame = ({ name }: { readonly name: string }): boolean =>
    trials.length > 1 && trials.every(trial => textOf(trial, name) === textOf(first!, name))
  // One that is in none of them has no column in any case.
  const same = view.parameters.filter(isSame).flatMap(({ name }) => {
    const shown = textOf(first!, name)
    return shown === null ? [] : [`${name} ${shown}`]
  })
  const parameters = view.parameters.filter(one => !isSame(one))
  return {
    table: trialsTable({ ...view, parameters }, trials),
    same: same.length > 0 ? `The same in all of them: ${same.join(', ')}.` : '',
  }
}

/** Numbers keep all their digits; other values are texts. */
export function parameterCell({ parameters }: TrialRow, name: string): Cell | Value {
  if (!Object.hasOwn(parameters, name)) return null
  const value = parameters[name]!
  const shown = parameterText(value)
  return typeof value === 'number' ? { value, text: shown } : shown
}
