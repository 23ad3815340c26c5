import { type Statistic, statisticOf } from '../../src/base/maths.ts'
import { listOf, plusMinus } from '../../src/base/text.ts'
import { type Described, machineText, range, seconds, table } from './parts.ts'

/** What recipes/fashion-mnist-94.ts writes. */
export interface Recipe {
  readonly rows: readonly (Described & {
    readonly goal: string
    readonly seed: number
    readonly load?: number
    readonly accuracy: number
    readonly accuracyOfOneView: number
    readonly trainSeconds: number
    readonly testSeconds: number
    readonly processorSeconds: number
    readonly settings: { readonly epochs: number; readonly filters: readonly (readonly number[])[] }
  })[]
}

/** A training had two cores for itself if it used at least this share of them. */
const QUIET = 0.85
/** A goal is reached if the mean of at least that many seeds is there. */
const SEEDS = 10

/** The mean accuracy of each goal with its seeds: `92.53 % (one seed so far) and 93.31 % (10 seeds)`. */
export function recipeAccuracies(recipe: Recipe, only?: string): string {
  const shown = byGoal(recipe).filter(([goal]) => only === undefined || goal === only)
  return listOf(shown.map(([, rows]) => `${meanOf(rows).toFixed(2)} % (${seedsOf(rows.length)})`))
}

/** Which goals are reached by the recipe's rule. */
export function recipeReached(recipe: Recipe): string {
  const reached = byGoal(recipe).filter(
    ([goal, rows]) => rows.length >= SEEDS && meanOf(rows) >= Number(goal),
  )
  const goals = listOf(reached.map(([goal]) => `${goal} %`))
  return `A goal is reached if the mean of at least ${SEEDS} seeds is there. Reached so far: ${goals || 'none'}.`
}

/** The dates, builds and machines of the rows. */
export function recipeOrigin({ rows }: Recipe): Described {
  const all = (values: readonly (string | undefined)[]): string => [...new Set(values)].join(', ')
  const machines = new Map(rows.map(({ machine }) => [machineText(machine!), machine!]))
  if (machines.size > 1) throw new Error('The rows of recipe.json are of several machines: show them apart.')
  const builds = byGoal({ rows }).map(([goal, of]) => `${goal} %: ${all(of.map(({ commit }) => commit))}`)
  return {
    date: all(rows.map(({ date }) => date)),
    commit: builds.join('; '),
    machine: [...machines.values()][0]!,
  }
}

export function recipeTable(recipe: Recipe): string {
  const heads = ['goal', 'filters', 'epochs', 'test accuracy, %', 'of one view, %', 'seeds', 'load before']
  const lines = byGoal(recipe).map(([goal, of]) => {
    const { epochs, filters } = of[0]!.settings
    const clock = (row: Row): number => row.trainSeconds + row.testSeconds
    const quiet = of.filter(row => row.processorSeconds / (2 * clock(row)) >= QUIET)
    const share = (values: Statistic): string => plusMinus(values, value => value.toFixed(2))
    const loads = of.flatMap(({ load }) => load ?? [])
    return [
      `${goal} %`,
      filters.map(stage => stage.join(', ')).join('; '),
      `${epochs}`,
      share(statisticOf(of.map(({ accuracy }) => accuracy))),
      share(statisticOf(of.map(row => row.accuracyOfOneView))),
      of.length === 1 ? 'one so far' : `${of.length}`,
      loads.length > 0 ? range(loads.map(Math.round)) : 'not recorded',
      quiet.length > 0
        ? `${seconds(statisticOf(quiet.map(clock)).mean)} (n = ${quiet.length})`
        : 'none was alone',
      seconds(statisticOf(of.map(row => row.processorSeconds)).mean),
    ]
  })
  return table([...heads, 'seconds on two idle cores', 'seconds of processor time'], lines)
}

type Row = Recipe['rows'][number]

function byGoal({ rows }: Recipe): [goal: string, rows: readonly Row[]][] {
  const goals = [...new Set(rows.map(({ goal }) => goal))].sort()
  return goals.map(goal => [goal, rows.filter(row => row.goal === goal)])
}

const meanOf = (rows: readonly Row[]): number => statisticOf(rows.map(({ accuracy }) => accuracy)).mean
const seedsOf = (count: number): string => (count === 1 ? 'one seed so far' : `${count} seeds`)
