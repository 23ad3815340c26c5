import type { Shape } from '../../base/shape.ts'
import type { ModelSpec } from '../../model/graph.ts'
import type { LossSpec } from '../../nn/losses/loss.ts'
import type { OptimizerSpec } from '../../nn/optimizers/index.ts'

export const kinds = ['step', 'inference'] as const

/** What is measured, as JSON: peers get it as it stands, and build the network themselves (bench/peers). */
export interface Job {
  /** `step`: forward, loss, backward, update. `inference`: forward, with dropout off. */
  readonly what: (typeof kinds)[number]
  readonly spec: ModelSpec
  readonly inputShape: Shape
  readonly batch: number
  readonly optimizer: OptimizerSpec
  readonly loss: LossSpec
}

/** A program that can run jobs and says how long they take. */
export interface Contestant {
  readonly name: string
  readonly version: string
  /** Gets ready for a job, in its fastest way. Throws a `HeddleError` where it cannot do it. */
  prepare(job: Job): Promise<Prepared>
  /** Milliseconds: for training the mean of the steps, for inference the time of each call. */
  run(calls: number): Promise<readonly number[]>
  close(): void
}

export interface Prepared {
  /** Numbers in the network that it has built, moving statistics included. */
  readonly parameters: number
  /** Which of its ways was the fastest. */
  readonly variant: string
}
