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
