import type { Definition } from '../../base/family.ts'
import { RandomStream } from '../../base/random.ts'
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

export interface SamplerDefinition<S> extends Definition<S> {
  /** The parameters of the next trial; `null`: every point of a finite space has been tried. */
  suggest(question: Question, spec: S): ParameterValues | null
}

/** Numbers from 0 to 1 for one purpose of one trial, each call the next one. */
export type Draw = () => number

export function drawsOf({ seed, trial }: Question, purpose: string): Draw {
  const stream = new RandomStream(seed).split(purpose).split(`${trial}`)
  let position = 0
  return () => stream.uniform(position++)
}

/** A trial that has a result that can be compared: one with a loss that is not finite has failed. */
export function isMeasured({ losses, hasFailed }: Observation): boolean {
  return !hasFailed && losses !== null && losses.every(Number.isFinite)
}
