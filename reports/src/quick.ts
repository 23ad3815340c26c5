import { createDataset, type Dataset, type ExperimentSpec } from 'heddle'
import type { Report } from './reported.ts'

/** Short enough for CI: the numbers mean nothing, every table and picture is made. */
export const QUICK = { train: 2000, test: 1000, epochs: 2 } as const

/** The same report, its experiments with few epochs. */
export function quickReport(report: Report): Report {
  const [first, ...others] = report.experiments
  return { ...report, experiments: [quickExperiment(first), ...others.map(quickExperiment)] }
}

function quickExperiment(experiment: ExperimentSpec): ExperimentSpec {
  const { epochs } = QUICK
  return {
    ...experiment,
    train: { ...experiment.train, epochs },
    overrides: Object.fromEntries(
      Object.entries(experiment.overrides).map(([model, options]) => [model, { ...options, epochs }]),
    ),
  }
}

/** The first images of a dataset. */
export function quickDataset(data: Dataset): Dataset {
  return createDataset({
    ...data,
    name: `${data.name} (the first ${QUICK.train} and ${QUICK.test})`,
    train: data.train.first(QUICK.train),
    test: data.test.first(QUICK.test),
  })
}
