import type { Dataset } from '../../data/dataset.ts'
import { chooseBackend } from '../../engine/backends/choose.ts'
import { buildNamed } from '../../model/build-named.ts'
import type { Finding } from '../../protocol/finding.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'
import { dataRules } from './data.ts'
import { type FirstStepsOptions, observeFirstSteps } from './first-steps.ts'
import { firstStepsRules } from './first-steps-rules.ts'
import { headRules } from './heads.ts'
import { layerRules } from './layers.ts'
import { lintedModel } from './linted-model.ts'
import { paceRules } from './pace.ts'
import type { Rule } from './rule.ts'
import { trainingRules } from './training.ts'

/** Everything that is looked for before any training. */
export const lintRules: readonly Rule[] = [
  ...headRules,
  ...layerRules,
  ...trainingRules,
  ...paceRules,
  ...dataRules,
]

/**
 * What is wrong with an experiment, as far as it can be known before training: a finding for each rule, model and layer.
 * Throws a `UsageError` if a model does not fit the data's images.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const tanh = sequential([flatten(), dense({ units: 64, activation: 'relu' }), dense({ units: 10, activation: 'tanh' })])
 * const bad = experiment({ name: 'bad', data: fashionMnistMini(), models: { tanh }, train: { optimizer: 'adam', loss: 'categoricalCrossentropy' } })
 * lintExperiment(bad, data).map(({ rule, layer }) => `${rule}: ${layer}`) // ['loss-head: dense_1']
 */
export function lintExperiment(experiment: ExperimentSpec, data: Dataset): Finding[] {
  return Object.entries(experiment.models).flatMap(([name, spec]) => {
    const model = lintedModel(buildNamed(name, spec, data.imageShape))
    const train = trainingOf(experiment, name)
    return lintRules.flatMap(({ id, why, check }) =>
      Array.from(check({ model, train, data }), finding => ({ ...finding, rule: id, why, model: name })),
    )
  })
}

/** Enough to see units die and a loss that does not fall. */
export const FIRST_STEPS = 100

/**
 * Trains each model of an experiment for some steps, on its own data with its own options, and says what went wrong in them.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const tanh = sequential([flatten(), dense({ units: 64, activation: 'relu' }), dense({ units: 10, activation: 'tanh' })])
 * const bad = experiment({ name: 'bad', data: fashionMnistMini(), models: { tanh }, train: { optimizer: 'adam', loss: 'categoricalCrossentropy' } })
 * const findings = await lintFirstSteps(bad, data, { steps: 20 })
 * findings.some(({ rule }) => rule === 'clipped-samples') // true
 */
export async function lintFirstSteps(
  experiment: ExperimentSpec,
  data: Dataset,
  {
    steps = FIRST_STEPS,
    seed = 1,
    backend = chooseBackend('auto'),
    baseDir,
  }: Partial<FirstStepsOptions> = {},
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const model of Object.keys(experiment.models)) {
    const seen = await observeFirstSteps(experiment, model, { data, steps, seed, backend, baseDir })
    for (const { id, why, check } of firstStepsRules)
      for (const finding of check(seen)) findings.push({ ...finding, rule: id, why, model })
  }
  return findings
}

export type { Finding } from '../../protocol/finding.ts'
export type { FirstStepsOptions } from './first-steps.ts'
export { firstStepsRules } from './first-steps-rules.ts'
export type { Rule } from './rule.ts'
