import type { ExperimentResult, RunResult, Statistic } from '../protocol/results.ts'
import { table, whole } from './table.ts'

/** The results of an experiment for people: a line for each model, then what they were measured on. */
export function resultTable(result: ExperimentResult, backend: string): string {
  const rows = result.models.map(({ name, params, runs, test }) => [
    name,
    whole(params),
    String(runs.length),
    statistic(test.accuracy),
    statistic(test.loss),
    mean(runs.map(run => run.seconds)).toFixed(1),
    whole(mean(runs.map(run => run.imagesPerSecond))),
  ])
  const header = ['model', 'params', 'runs', 'test accuracy', 'test loss', 'seconds', 'images/s']
  const { machine, dataset } = result
  return [
    table(header, rows),
    '',
    `Tested on ${whole(dataset.test)} images of ${dataset.name}. ${backend} on ${machine.cpu.trim()}, Node ${machine.node}.`,
  ].join('\n')
}

/** Single runs, where an experiment was interrupted. */
export function runTable(finished: readonly { readonly model: string; readonly run: RunResult }[]): string {
  return table(
    ['model', 'seed', 'test accuracy', 'test loss', 'seconds'],
    finished.map(({ model, run }) => [
      model,
      String(run.seed),
      run.test.accuracy.toFixed(4),
      run.test.loss.toFixed(4),
      run.seconds.toFixed(1),
    ]),
  )
}

function statistic({ mean: center, std, n }: Statistic): string {
  return n > 1 ? `${center.toFixed(4)} ± ${std.toFixed(4)}` : center.toFixed(4)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
