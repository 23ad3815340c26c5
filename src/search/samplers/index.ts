import { family, type SpecOf } from '../../base/family.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import { gaussianProcessSampler } from './gaussian-process.ts'
import { gridSampler } from './grid.ts'
import { randomSampler } from './random.ts'
import type { Question, SamplerDefinition } from './sampler.ts'
import { sobolSampler } from './sobol.ts'
import { tpeSampler } from './tpe.ts'

/** Every sampler, in the order in which it is offered. */
export const samplers = family('sampler', {
  tpe: tpeSampler,
  gaussianProcess: gaussianProcessSampler,
  random: randomSampler,
  sobol: sobolSampler,
  grid: gridSampler,
})

/** The frozen JSON description of any sampler. */
export type SamplerSpec = SpecOf<typeof samplers>

/** The parameters of the next trial; `null`: every point of a finite space has been tried. */
export function suggest(question: Question, sampler: SamplerSpec): ParameterValues | null {
  const definition: SamplerDefinition<SamplerSpec> = samplers.of(sampler)
  return definition.suggest(question, sampler)
}

export { type GaussianProcessOptions, gaussianProcess } from './gaussian-process.ts'
export { type GridOptions, grid } from './grid.ts'
export { random } from './random.ts'
export { sobol } from './sobol.ts'
export { type TpeOptions, tpe } from './tpe.ts'
