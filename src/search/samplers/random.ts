import { RandomStream } from '../../base/random.ts'
import { parseSpec, type Spec } from '../../base/schema.ts'
import { pointAt } from '../space.ts'
import type { SamplerDefinition } from './sampler.ts'

const fields = {}

export type RandomSpec = Spec<'random', typeof fields>

/**
 * Points drawn at random, each independent of the others.
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
  suggest({ space, seed, trial }) {
    const stream = new RandomStream(seed).split(`trial ${trial}`)
    return pointAt(
      space,
      Object.keys(space).map((_, axis) => stream.uniform(axis)),
    )
  },
}
