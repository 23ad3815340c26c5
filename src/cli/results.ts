import { mean } from '../base/maths.ts'
import { count, plural, plusMinus, shortFingerprint } from '../base/text.ts'
import type { ExperimentResult } from '../protocol/results.ts'
import { type Column, table } from '../show/table.ts'

const columns: readonly Column[] = [
  { title: 'Model', align: 'left' },
  { title: 'Params', align: 'right', optional: true },
  { title: 'Test accuracy', align: 'right' },
  { title: 'n', align: 'right' },
  { title: 'Test loss', align: 'right' },
  { title: 'Seconds', align: 'right', optional: true },
  { title: 'Images/s', align: 'right', optional: true },
]

/** A row for each model that has runs; seconds and images per second are means over them. */
export function resultTable(models: ExperimentResult['models'], width?: number): string {
  const rows = models
    .filter(({ runs }) => runs.length > 0)
    .map(({ name, params, runs, test }) => [
      name,
      count(params),
      plusMinus(test.accuracy),
      String(runs.length),
      plusMinus(test.loss),
      mean(runs.map(run => run.seconds)).toFixed(1),
      count(mean(runs.map(run => run.imagesPerSecond))),
    ])
  return table(columns, rows, { width })
}

/** On what the table was measured: with this line it can be quoted. */
export function conditions(
  { experiment, dataset, machine, models }: ExperimentResult,
  { backend, version }: { readonly backend: string; readonly version: string },
): string {
  const seeds = models[0]?.runs.map(run => run.seed) ?? []
  const { cpu, cores, platform, arch, node } = machine
  return [
    `${experiment}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}: mean ± std`}`,
    `${dataset.name} ${shortFingerprint(dataset.fingerprint)}`,
    `${backend} on ${cpu}, ${plural(cores, 'core')}, ${platform} ${arch}`,
    `Node ${node}`,
    `Heddle ${version}`,
  ].join(' · ')
}
