import type { Definition } from '../../base/family.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import type { Space } from '../space.ts'

/** A trial as samplers see it. */
export interface Observation {
  readonly parameters: ParameterValues
  /** By objective, less is better; `null`: it is being trained, or has not reached its first target. */
  readonly losses: readonly number[] | null
  /** Epochs after which `losses` were measured: with a scheduler trials stop at different ones. */
  readonly epochs: number
  readonly hasFailed: boolean
}

/** What the next trial follows from, and nothing else: the same question has the same answer. */
export interface Question {
  readonly space: Space
  /** In the order in which they were asked. */
  readonly observations: readonly Observation[]
  readonly seed: number
  /** The number of the trial that is asked for: how many were asked before. */
  readonly trial: number
}

/** Proposes the parameters of the next trial; `null`: every point of a finite space has been tried. */
export type Suggest<Spec> = (question: Question, spec: Spec) => ParameterValues | null

export interface SamplerDefinition<S> extends Definition<S> {
  readonly suggest: Suggest<S>
}
