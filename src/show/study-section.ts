import { statisticOf, sum } from '../base/maths.ts'
import { clockTime, count, percent, plural, plusMinus, points } from '../base/text.ts'
import { type Fact, note, type Section, section, tableBlock, text } from '../protocol/section.ts'
import type { StudyVerdict, StudyView } from '../protocol/study.ts'
import { differenceText, differenceUnit, nameInText, objectiveText } from '../protocol/study-text.ts'
import { tableOf } from '../protocol/table.ts'
import { foldedTrials, parameterCell } from './trials-table.ts'

/** How many of the best trials are shown. */
const SHOWN_BEST = 10

/** A search, what came out of it, and how sure that is. */
export function studySection(view: StudyView): Section {
  const { best, trials } = view
  const shown = best.slice(0, SHOWN_BEST).map(trial => trials[trial]!)
  const folded = foldedTrials(view, shown)
  const title = view.objectives.length > 1 ? 'Pareto front' : 'Best trials'
  return section('search', `Search ${view.name}`, [
    { kind: 'verdict', text: answerOf(view) },
    { kind: 'facts', facts: factsOf(view) },
    verdictSection(view),
    section('best', title, [
      tableBlock('best', folded.table),
      ...(folded.same === '' ? [] : [note(folded.same)]),
      ...(best.length > shown.length
        ? [note(`${count(best.length - shown.length)} more are in --json.`)]
        : []),
    ]),
    importanceSection(view),
    testSection(view),
  ])
}

/** What is known, in a sentence or two. */
function answerOf({ state, ended, verdict, best, trials, objectives }: StudyView): string {
  const first = trials[best[0] ?? -1]
  if (!first) return state === 'failed' ? ended! : 'No trial has a result yet.'
  if (verdict) return verdict.sentence
  const [objective] = objectives
  const front =
    objectives.length > 1
      ? `The Pareto front has ${plural(best.length, 'trial')}, which no other trial beats in all objectives. `
      : ''
  const when = state === 'running' ? ' so far' : ''
  const leader = `Trial ${first.trial} has the best ${nameInText(objective!.label)}${when}: ${objectiveText(objective!, first.values![0]!)}.`
  return state === 'done'
    ? `${front}${leader} It was not trained again with further seeds, so a part of its lead is luck.`
    : `${front}${leader} One seed is no proof: the best are trained again with further seeds at the end.`
}

function factsOf({ state, ended, trials, budget, objectives, sampler, scheduler, seed }: StudyView): Fact[] {
  const searched = trials.filter(({ origin }) => origin !== 'repeat')
  const failed = searched.filter(trial => trial.state === 'failed').length
  const [trained, full] = [
    sum(searched.map(({ epochs }) => epochs)),
    sum(searched.map(({ maxEpochs }) => maxEpochs)),
  ]
  const of = (spent: string, all: string | null): string => (all === null ? spent : `${spent} of ${all}`)
  return [
    // Why it failed is the answer already.
    { name: 'state', text: state === 'failed' ? state : (ended ?? state) },
    {
      name: 'trials',
      text: `${of(count(budget.spentTrials), budget.trials === null ? null : count(budget.trials))}${failed > 0 ? `, ${count(failed)} failed` : ''}`,
    },
    {
      name: 'epochs',
      text: `${count(trained)} (${percent(full > 0 ? trained / full : 0, 0)} of training every trial to its end), and ${count(budget.spentEpochs - trained)} in repeats`,
    },
    {
      name: 'time',
      text: of(clockTime(budget.spentSeconds), budget.seconds === null ? null : clockTime(budget.seconds)),
      meaning:
        'The training time of the search and its repeats. Trials that are trained side by side count once.',
    },
    {
      name: 'chosen by',
      text: objectives.map(({ label, better }) => `${nameInText(label)} (${better} is better)`).join(', '),
    },
    { name: 'how', text: `sampler ${sampler}, scheduler ${scheduler}, seed ${seed}` },
  ]
}

/** What the repeats measured, and the parameters of the winner beside those of the starting point. */
function verdictSection({ verdict, objectives, parameters, trials }: StudyView): Section {
  if (!verdict) return section('repeats', 'Repeats', [text('No trial has been repeated with further seeds.')])
  const { candidates, winner, interval, difference } = verdict
  const objective = objectives[0]!
  const show = (value: number): string => objectiveText(objective, value)
  const gap = (value: number): string => differenceText(objective, value)
  const start = candidates.find(({ isStart }) => isStart)
  const winners = trials[winner]!
  const facts = [
    ...(interval
      ? [
          {
            name: 'winner',
            text: `${show(interval[0])} to ${show(interval[1])} (95 %), corrected for the choice among ${candidates.length}`,
          },
        ]
      : []),
    ...(difference
      ? [
          {
            name: 'against start',
            text: `${gap(difference.mean)} ${differenceUnit(objective)} (95 %: ${gap(difference.low)} to ${gap(difference.high)}), paired by seed`,
          },
        ]
      : []),
  ]
  return section('repeats', 'Repeats with further seeds', [
    tableBlock(
      'repeats',
      tableOf<StudyVerdict['candidates'][number]>(candidates, [
        ['trial', 'Trial', ({ trial }) => trial],
        ['what', 'What', ({ trial, isStart }) => whatText(isStart, trial === winner)],
        ['mean', objective.label, ({ mean }) => mean, show],
        [
          'deviation',
          'Deviation',
          ({ deviation }) => deviation,
          { show, note: 'Deviation: the standard deviation between seeds.' },
        ],
        ['seeds', 'Seeds', ({ seeds }) => seeds],
      ]),
    ),
    { kind: 'facts', facts },
    note(
      'Measured on the validation images by which the trials were chosen. What holds for new images is shown by the test images: heddle search --final.',
    ),
    tableBlock(
      'parameters',
      tableOf(parameters, [
        ['parameter', 'Parameter', ({ name }) => name],
        ['winner', `Trial ${winner}`, ({ name }) => parameterCell(winners, name)],
        [
          'start',
          'Your starting point',
          ({ name }) => (start && start.trial !== winner ? parameterCell(trials[start.trial]!, name) : null),
        ],
      ]),
    ),
  ])
}

function whatText(isStart: boolean, isWinner: boolean): string {
  return [...(isWinner ? ['winner'] : []), ...(isStart ? ['your starting point'] : [])].join(', ')
}

/** How much each parameter matters, and what the trials cannot tell. */
export function importanceSection({ importance }: StudyView): Section {
  if (!importance)
    return section('importance', 'Importance', [text('At least two trials with a result are needed.')])
  const { shares, warning } = importance
  return section('importance', 'Importance of parameters', [
    ...(warning === null ? [] : [{ kind: 'warnings', warnings: [warning] } as const]),
    tableBlock(
      'importance',
      tableOf(shares, [
        ['parameter', 'Parameter', ({ parameter }) => parameter],
        ['share', 'Share', ({ share }) => share, share => percent(share, 0)],
        ['low', '95 % from', ({ low }) => low, share => percent(share, 0)],
        ['high', 'to', ({ high }) => high, share => percent(share, 0)],
      ]),
    ),
    note('Share: how much a parameter matters for being among the best tenth of the trials (PED-ANOVA).'),
  ])
}

/** What the test images say, or that they are sealed. */
function testSection({ final, finalSentence, looks, trials }: StudyView): Section {
  const looked =
    looks === 0
      ? 'They have not been looked at in this store.'
      : `They have been looked at ${plural(looks, 'time')} in this store, by anything.`
  if (final === null)
    return section('test', 'Test images', [text(`Sealed: the search did not see the test images. ${looked}`)])
  const rows = final.map(({ trial, runs }) => {
    const accuracies = runs.map(({ testAccuracy }) => testAccuracy)
    return { trial, isStart: trials[trial]?.origin === 'start', accuracy: statisticOf(accuracies), runs }
  })
  return section('test', 'Test images', [
    ...(finalSentence === null ? [] : [text(finalSentence)]),
    tableBlock(
      'test',
      tableOf(rows, [
        ['trial', 'Trial', ({ trial }) => trial],
        ['what', 'What', ({ isStart }) => (isStart ? 'your starting point' : '')],
        [
          'accuracy',
          'Test accuracy, %',
          ({ accuracy }) => ({
            value: accuracy.n > 0 ? accuracy.mean : null,
            text: plusMinus(accuracy, points),
          }),
        ],
        [
          'seeds',
          'Seeds',
          ({ runs }) => ({
            value: runs.length,
            runs: runs.map(({ run, seed, testAccuracy }) => ({
              id: run,
              text: `seed ${seed}: ${points(testAccuracy)}`,
            })),
          }),
        ],
      ]),
    ),
    note(looked),
  ])
}
