import { type Statistic, statisticOf } from '../../src/base/maths.ts'
import { plusMinus } from '../../src/base/text.ts'
import { type Described, seconds, table } from './parts.ts'

/** What recipes/fashion-mnist-94.ts writes. */
export interface Recipe extends Described {
  readonly rows: readonly {
    readonly goal: string
    readonly seed: number
    readonly accuracy: number
    readonly accuracyOfOneView: number
    readonly trainSeconds: number
    readonly testSeconds: number
    readonly processorSeconds: number
    readonly settings: { readonly epochs: number; readonly filters: readonly (readonly number[])[] }
  }[]
}

/** A training had two cores for itself if it used at least this share of them. */
const QUIET = 0.85

export function recipeTable({ rows }: Recipe): string {
  const heads = ['goal', 'filters', 'epochs', 'test accuracy, %', 'of one view, %', 'seeds']
  const goals = [...new Set(rows.map(({ goal }) => goal))].sort()
  const lines = goals.map(goal => {
    const of = rows.filter(row => row.goal === goal)
    const { epochs, filters } = of[0]!.settings
    const clock = (row: (typeof of)[number]): number => row.trainSeconds + row.testSeconds
    const quiet = of.filter(row => row.processorSeconds / (2 * clock(row)) >= QUIET)
    const share = (values: Statistic): string => plusMinus(values, value => value.toFixed(2))
    return [
      `${goal} %`,
      filters.map(stage => stage.join(', ')).join('; '),
      `${epochs}`,
      share(statisticOf(of.map(({ accuracy }) => accuracy))),
      share(statisticOf(of.map(row => row.accuracyOfOneView))),
      `${of.length}`,
      quiet.length > 0
        ? `${seconds(statisticOf(quiet.map(clock)).mean)} (n = ${quiet.length})`
        : 'none was alone',
      seconds(statisticOf(of.map(row => row.processorSeconds)).mean),
    ]
  })
  return table([...heads, 'seconds on two idle cores', 'seconds of processor time'], lines)
}
