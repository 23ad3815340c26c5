import { family, type SpecOf } from '../../base/family.ts'
import { randomSampler } from './random.ts'
import type { SamplerDefinition } from './sampler.ts'

/** Every sampler, in the order in which it is offered. */
export const samplers = family('sampler', { random: randomSampler })

/** The frozen JSON description of any sampler. */
export type SamplerSpec = SpecOf<typeof samplers>

/** The definition that belongs to a spec. */
export function definitionOf(spec: SamplerSpec): SamplerDefinition<SamplerSpec> {
  return samplers.of(spec)
}

export { random } from './random.ts'
