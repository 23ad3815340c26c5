import { family, type SpecOf } from '../../base/family.ts'
import type { StepCoefficients, UpdateRule } from '../../ops/update.ts'
import { learningRateAt } from '../schedules/schedule.ts'
import { adadeltaOptimizer } from './adadelta.ts'
import { adagradOptimizer } from './adagrad.ts'
import { adamOptimizer } from './adam.ts'
import { adamwOptimizer } from './adamw.ts'
import { averageCoefficients, extrasOf } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'
import { muonOptimizer } from './muon.ts'
import { nadamOptimizer } from './nadam.ts'
import { rmspropOptimizer } from './rmsprop.ts'
import { sgdOptimizer } from './sgd.ts'

/** Every optimizer, in the order in which the studio offers them. */
export const optimizers = family('optimizer', {
  adam: adamOptimizer,
  sgd: sgdOptimizer,
  rmsprop: rmspropOptimizer,
  adagrad: adagradOptimizer,
  adadelta: adadeltaOptimizer,
  adamw: adamwOptimizer,
  nadam: nadamOptimizer,
  muon: muonOptimizer,
})

export type OptimizerSpec = SpecOf<typeof optimizers>

function definitionOf(optimizer: OptimizerSpec): OptimizerDefinition<OptimizerSpec> {
  return optimizers.of(optimizer)
}

/** What each step of an optimizer does. */
export function updateRuleOf(optimizer: OptimizerSpec): UpdateRule {
  return { ...definitionOf(optimizer).rule(optimizer), ...extrasOf(optimizer) }
}

/** What update number `step`, the first being 0, depends on besides its rule; the learning rate is multiplied by `scale`. */
export function coefficientsAt(optimizer: OptimizerSpec, step: number, scale = 1): StepCoefficients {
  const rate = learningRateAt(optimizer.learningRate, step) * scale
  const ofRule = definitionOf(optimizer).coefficients?.(optimizer, rate, step) ?? ([rate, 0, 0] as const)
  return [...ofRule, ...averageCoefficients(optimizer, step)]
}

/** Those of `steps` steps one after the other, `[steps, COEFFICIENTS]`. */
export function coefficientsOf(
  optimizer: OptimizerSpec,
  firstStep: number,
  steps: number,
  scale = 1,
): Float64Array {
  return Float64Array.from(
    Array.from({ length: steps }, (_, i) => coefficientsAt(optimizer, firstStep + i, scale)).flat(),
  )
}

export { type AdadeltaOptions, adadelta } from './adadelta.ts'
export { type AdagradOptions, adagrad } from './adagrad.ts'
export { type AdamOptions, adam } from './adam.ts'
export { type AdamwOptions, adamw } from './adamw.ts'
export { type MuonOptions, muon } from './muon.ts'
export { type NadamOptions, nadam } from './nadam.ts'
export { type RmspropOptions, rmsprop } from './rmsprop.ts'
export { type SgdOptions, sgd } from './sgd.ts'
