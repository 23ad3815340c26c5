import { plural, signedPoints } from '../../../src/base/text.ts'
import type { ObjectiveFacts, StudyVerdict, StudyView } from '../../../src/protocol/study.ts'
import { type ColumnOf, tableOf } from '../../../src/protocol/table.ts'
import { TableView } from '../parts/table-view.tsx'
import { nameInText, objectiveText } from './axes.ts'

type Candidate = StudyVerdict['candidates'][number]

/** The answer in a sentence, and the repeats that it follows from. */
export function Verdict({ view }: { readonly view: StudyView }) {
  const { verdict, objectives } = view
  const [objective] = objectives as readonly [ObjectiveFacts]
  if (!verdict) return <p className="verdict">{sofar(view, objective)}</p>
  const { candidates, winner, interval, difference, sentence } = verdict
  const show = (value: number): string => objectiveText(objective, value)
  const columns: readonly ColumnOf<Candidate>[] = [
    [
      'trial',
      'Configuration',
      ({ trial, isStart }) =>
        `trial ${trial}${isStart ? ', your starting point' : ''}${trial === winner ? ', the winner' : ''}`,
    ],
    ['mean', objective.label, ({ mean }) => mean, show],
    ['deviation', 'Deviation', ({ deviation }) => deviation, show],
    ['seeds', 'Seeds', ({ seeds }) => seeds],
  ]
  return (
    <>
      <p className="verdict">{sentence}</p>
      <TableView table={tableOf(candidates, columns)} />
      <p className="quiet">
        {interval &&
          `The winner: ${show(interval[0])} to ${show(interval[1])}, corrected for the choice among ${plural(candidates.length, 'configuration')}. `}
        {difference &&
          `Against your starting point: ${by(objective, difference.mean)} (${by(objective, difference.low)} to ${by(objective, difference.high)}).`}
      </p>
    </>
  )
}

function by(objective: ObjectiveFacts, value: number): string {
  if (objective.unit === 'fraction') return `${signedPoints(value)} points`
  return `${value < 0 ? '' : '+'}${objectiveText(objective, value)}`
}

/** Before the best ones were repeated, or without a best one. */
function sofar({ trials, best, objectives }: StudyView, objective: ObjectiveFacts): string {
  const first = trials.find(({ trial }) => trial === best[0])
  if (!first) return 'No trial has a result yet.'
  if (objectives.length > 1)
    return 'No trial is the best in all objectives. Those on the front below are beaten by no other one.'
  return `The best trial so far is trial ${first.trial}, with a ${nameInText(objective)} of ${objectiveText(objective, first.values?.[0])}. One seed is no proof: the best trials are repeated at the end.`
}
