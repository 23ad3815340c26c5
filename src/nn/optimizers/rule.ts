import type { Coefficients, UpdateRule } from '../../ops/update.ts'
import { learningRateAt } from '../schedules/schedule.ts'
import type { AdamSpec, AdamwSpec, NadamSpec, OptimizerSpec } from './optimizer.ts'

/** What each step of an optimizer does; what changes from step to step is `coefficientsAt`. */
export function updateRuleOf(optimizer: OptimizerSpec): UpdateRule {
  switch (optimizer.kind) {
    case 'sgd': {
      const { kind, momentum, nesterov } = optimizer
      return { kind, momentum, nesterov }
    }
    case 'rmsprop': {
      const { kind, rho, momentum, epsilon, centered } = optimizer
      return { kind, rho, momentum, epsilon, centered }
    }
    case 'adagrad': {
      const { kind, initialAccumulatorValue, epsilon } = optimizer
      return { kind, initialAccumulatorValue, epsilon }
    }
    case 'adadelta': {
      const { kind, rho, epsilon } = optimizer
      return { kind, rho, epsilon }
    }
    case 'adam':
    case 'adamw':
    case 'nadam': {
      const { beta1, beta2, epsilon } = optimizer
      return { kind: optimizer.kind === 'nadam' ? 'nadam' : 'adam', beta1, beta2, epsilon }
    }
  }
}

/** What update number `step`, the first being 0, depends on besides its rule: `UpdateRule` names the numbers. */
export function coefficientsAt(optimizer: OptimizerSpec, step: number): Coefficients {
  const rate = learningRateAt(optimizer.learningRate, step)
  switch (optimizer.kind) {
    case 'sgd':
    case 'rmsprop':
    case 'adagrad':
    case 'adadelta':
      return [rate, 0, 0]
    case 'adam':
      return [correctedRate(optimizer, rate, step), 0, 0]
    case 'adamw':
      return [correctedRate(optimizer, rate, step), rate * optimizer.weightDecay, 0]
    case 'nadam':
      return nadamCoefficients(optimizer, rate, step)
  }
}

/** Those of `steps` steps one after the other, `[steps, COEFFICIENTS]`. */
export function coefficientsOf(optimizer: OptimizerSpec, firstStep: number, steps: number): Float64Array {
  return Float64Array.from(
    Array.from({ length: steps }, (_, i) => coefficientsAt(optimizer, firstStep + i)).flat(),
  )
}

function correctedRate({ beta1, beta2 }: AdamSpec | AdamwSpec, rate: number, step: number): number {
  return (rate * Math.sqrt(1 - beta2 ** (step + 1))) / (1 - beta1 ** (step + 1))
}

function nadamCoefficients({ beta1, beta2 }: NadamSpec, rate: number, step: number): Coefficients {
  const t = step + 1
  const momentum = (at: number): number => beta1 * (1 - 0.5 * 0.96 ** at)
  const product = beta1 ** t * warmUpProduct(t)
  return [
    (rate * momentum(t + 1)) / (1 - product * momentum(t + 1)),
    (rate * (1 - momentum(t))) / (1 - product),
    1 / (1 - beta2 ** t),
  ]
}

/** Π (1 − 0.96^i / 2) for i from 1 to t: from the thousandth on, a factor is 1 in float64. */
function warmUpProduct(t: number): number {
  let product = 1
  for (let i = 1; i <= Math.min(t, 1000); i++) product *= 1 - 0.5 * 0.96 ** i
  return product
}
