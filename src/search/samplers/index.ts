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

/** The definition that belongs to a spec. */
export function definitionOf(spec: SamplerSpec): SamplerDefinition<SamplerSpec> {
  return samplers.of(spec)
}

/** The parameters of the next trial; `null`: every point of a finite space has been tried. */
export function suggest(question: Question, sampler: SamplerSpec): ParameterValues | null {
  return definitionOf(sampler).suggest(question, sampler)
}

export { type GaussianProcessOptions, type GaussianProcessSpec, gaussianProcess } from './gaussian-process.ts'
export { type GridOptions, type GridSpec, grid } from './grid.ts'
export { type RandomSpec, random } from './random.ts'
export { type SobolSpec, sobol } from './sobol.ts'
export { type TpeOptions, type TpeSpec, tpe } from './tpe.ts'
