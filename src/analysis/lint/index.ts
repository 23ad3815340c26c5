import type { Dataset } from '../../data/dataset.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'
import { buildNamed } from '../../train/run-experiment.ts'
import { headRules } from './heads.ts'
import { layerRules } from './layers.ts'
import { lintedModel } from './linted-model.ts'
import type { Finding, Rule } from './rule.ts'
import { trainingRules } from './training.ts'

/** Everything that is looked for before any training. */
export const lintRules: readonly Rule[] = [...headRules, ...layerRules, ...trainingRules]

/**
 * What is wrong with an experiment, as far as it can be known before training: a finding for each rule, model and layer.
 * Throws a `UsageError` where a model does not fit the data's images.
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
      check({ model, train, data }).map(finding => ({ ...finding, rule: id, why, model: name })),
    )
  })
}

export type { Finding, Rule } from './rule.ts'
