import {
  boolean,
  integer,
  list,
  number,
  type Options,
  optional,
  parseSpec,
  type Spec,
  text,
} from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import { correctedRate } from './adam.ts'
import { type CommonOptions, checkCommon, commonFields } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The size of a step: a number of at least 0, or a schedule such as `cosineDecay({ … })`. Default 0.001. */
  learningRate: learningRateField(0.001),
  /** Layers whose kernels take Adam's step, by their names or how these begin: `['dense']`. The output layer belongs here. Default []. */
  excludeLayers: list(text(), { fallback: [] }),
  /** How much of the sum of gradients each step keeps: from 0 to 1. Default 0.95. */
  momentum: number(0.95, { min: 0, max: 1 }),
  /** Look ahead: the step goes along g + μ·m instead of m. Default true. */
  nesterov: boolean(true),
  /** Newton-Schulz steps that make the singular values of an update nearly 1, at most 100. Default 5. */
  nsSteps: integer(5, { max: 100 }),
  /** The root mean square of an update at a learning rate of 1; `null`: the orthogonal matrix itself. Default 0.2. */
  rmsRate: { ...optional(number(undefined, { min: 0 })), fallback: 0.2 },
  /** The share of every kernel that a step takes away, times the learning rate; at least 0. Default 0.004. */
  weightDecay: number(0.004, { min: 0 }),
  /** The same for the parameters that take Adam's step. Default 0.004. */
  adamWeightDecay: number(0.004, { min: 0 }),
  /** Adam's learning rate as a share of `learningRate`, at least 0. Default 1. */
  adamLrRatio: number(1, { min: 0 }),
  /** How much of the mean of the gradient Adam keeps: at least 0 and below 1. Default 0.9. */
  adamBeta1: number(0.9, { min: 0, below: 1 }),
  /** How much of the mean of the squared gradient Adam keeps: at least 0 and below 1. Default 0.999. */
  adamBeta2: number(0.999, { min: 0, below: 1 }),
  /** Added where Adam divides; at least 0. Default 1e-7. */
  epsilon: number(1e-7, { min: 0 }),
}

const fields = { ...own, ...commonFields }

export interface MuonOptions extends Options<typeof own>, CommonOptions {}
export type MuonSpec = Spec<'muon', typeof fields>

/**
 * Momentum, orthogonalised: the kernel of a convolution or a dense layer is a matrix W, a row for each output, and its update has
 * singular values near 1. m ← μ·m + g, O = newtonSchulz(g + μ·m), W ← W − α·λ·W − α·r·√(max(rows, columns))·O.
 * All else (biases, normalisations, kernels of groups, layers of `excludeLayers`) takes the step of `adamw`.
 *
 * Names and defaults are those of Keras, which orthogonalises dense kernels only; here those of convolutions too, as in the
 * author's code. `rmsRate` null leaves out r·√(max(rows, columns)). Throws a `UsageError` for a bad option.
 * Source: Jordan et al. (2024), https://kellerjordan.github.io/posts/muon/; the factor: Liu et al. (2025), section 2.2;
 * https://keras.io/api/optimizers/muon/.
 *
 * @example
 * muon({ learningRate: 0.02, excludeLayers: ['dense'] }).momentum // 0.95
 */
export function muon(options: MuonOptions = {}): MuonSpec {
  const spec = parseSpec('muon', fields, options)
  checkCommon(spec)
  return spec
}

export const muonOptimizer: OptimizerDefinition<MuonSpec> = {
  fields,
  check: checkCommon,
  slowBelow: 1e-5,
  rule: ({ kind, adamBeta1: beta1, adamBeta2: beta2, excludeLayers, ...spec }) => ({
    kind,
    momentum: spec.momentum,
    nesterov: spec.nesterov,
    nsSteps: spec.nsSteps,
    rmsRate: spec.rmsRate,
    weightDecay: spec.weightDecay,
    beta1,
    beta2,
    epsilon: spec.epsilon,
    adamWeightDecay: spec.adamWeightDecay,
    excludeLayers,
  }),
  coefficients: ({ adamBeta1: beta1, adamBeta2: beta2, adamLrRatio, epsilon }, rate, step) => [
    rate,
    0,
    correctedRate({ beta1, beta2, epsilon }, adamLrRatio, step),
  ],
}
