import { parseSpec, type Spec } from '../../base/schema.ts'
import { drawsOf, type SamplerDefinition } from './sampler.ts'
import { triedOf, untried } from './untried.ts'

const fields = {}

export type RandomSpec = Spec<'random', typeof fields>

/**
 * Points drawn at random, each independent of the others; a point of a finite space is not drawn twice.
 *
 * Source: Bergstra and Bengio, "Random search for hyper-parameter optimization" (2012).
 *
 * @example
 * random() // { kind: 'random' }
 */
export function random(): RandomSpec {
  return parseSpec('random', fields, {})
}

export const randomSampler: SamplerDefinition<RandomSpec> = {
  fields,
  suggest: question => untried(triedOf(question), drawsOf(question, 'random'))[0]?.parameters ?? null,
}
