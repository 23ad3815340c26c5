import { statisticOf } from '../../src/base/maths.ts'
import { plusMinus } from '../../src/base/text.ts'
import type { StudyView } from '../../src/protocol/study.ts'
import { parameterText } from '../../src/protocol/study-text.ts'
import { type Described, table } from './parts.ts'

interface Row {
  readonly family: string
  readonly task: string
  readonly budget: number
  readonly tpe: number
  readonly optuna: number
  readonly random: number
  readonly gaussianProcess: number | null
  readonly worseThanOptuna: number
  readonly betterThanRandom: number
}

/** What bench/search/run.ts writes. */
export interface Searches extends Described {
  readonly seeds: number
  readonly rows: readonly Row[]
}

/** The level of a test, after Holm's correction. */
const LEVEL = 0.05

/** How many tasks hold at each budget, then the median regrets of each task. */
export function searchTables({ rows }: Searches): string {
  const budgets = [...new Set(rows.map(row => row.budget))]
  const at = (budget: number): readonly Row[] => rows.filter(row => row.budget === budget)
  const counts = budgets.map(budget => {
    const all = at(budget)
    const count = (holds: (row: Row) => boolean): string => `${all.filter(holds).length} of ${all.length}`
    return [
      `${budget}`,
      count(row => row.tpe <= row.optuna),
      count(row => row.worseThanOptuna < LEVEL),
      count(row => row.tpe < row.random),
      count(row => row.betterThanRandom < LEVEL),
    ]
  })
  const tasks = [...new Set(rows.map(row => row.task))]
  const regrets = tasks.map(task => {
    const own = budgets.map(budget => at(budget).find(row => row.task === task)!)
    return [`${own[0]!.family}: ${task}`, ...own.map(regretsOf)]
  })
  return `${table(
    [
      'trials',
      'at least as good as Optuna',
      'significantly worse',
      'better than random',
      'significantly better',
    ],
    counts,
  )}

${table(['task', ...budgets.map(budget => `${budget} trials`)], regrets)}`
}

/** `TPE / Optuna / random`, of continuous functions also the Gaussian process. */
function regretsOf({ tpe, optuna, random, gaussianProcess }: Row): string {
  const shown = [tpe, optuna, random].map(short).join(' / ')
  return gaussianProcess === null ? shown : `${shown} (${short(gaussianProcess)})`
}

function short(regret: number): string {
  if (regret < 1e-12) return '0'
  return regret < 1e-3 ? regret.toExponential(1) : `${Number(regret.toPrecision(2))}`
}

/** What bench/search/report-004.ts writes. */
export type RecommendedSearch = Described &
  Pick<StudyView, 'verdict' | 'final' | 'finalSentence' | 'budget'> & {
    readonly trials: readonly Omit<StudyView['trials'][number], 'reports' | 'run'>[]
  }

/** The winner of report 004's search beside its starting point: images of validation, sealed test, parameters. */
export function recommendedTable({ trials, verdict, final, finalSentence }: RecommendedSearch): string {
  const places = (final ?? []).map(({ trial, runs }) => ({
    trial: trials[trial]!,
    test: statisticOf(runs.map(run => run.testAccuracy)),
    validation: verdict!.candidates.find(one => one.trial === trial)!,
  }))
  const percent = (statistic: Parameters<typeof plusMinus>[0]): string =>
    `${plusMinus(statistic, share => (100 * share).toFixed(2))} %`
  const parameters = Object.keys(places[0]!.trial.parameters)
  return `${table(
    [
      '',
      ...places.map(({ trial }) => (trial.origin === 'start' ? 'starting point' : `trial ${trial.trial}`)),
    ],
    [
      ['test accuracy', ...places.map(({ test }) => percent(test))],
      [
        'accuracy on validation images',
        ...places.map(({ validation: { mean, deviation, seeds } }) =>
          percent({ mean, std: deviation ?? 0, n: seeds }),
        ),
      ],
      ['seeds', ...places.map(({ test }) => `${test.n}`)],
      ...parameters.map(name => [
        `\`${name}\``,
        ...places.map(({ trial }) => parameterText(trial.parameters[name] ?? '–')),
      ]),
    ],
  )}

${finalSentence}`
}
