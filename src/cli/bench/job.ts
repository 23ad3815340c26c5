import type { Shape } from '../../base/shape.ts'
import type { ModelSpec } from '../../model/graph.ts'
import { INPUT } from '../../model/graph.ts'
import type { Model } from '../../model/model.ts'
import type { LossSpec } from '../../nn/losses/loss.ts'
import type { OptimizerSpec } from '../../nn/optimizers/index.ts'

export const kinds = ['step', 'inference'] as const

/** The measured training, as JSON. Each peer receives this JSON and builds the network from it (bench/peers). */
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
  /** Gets ready for a job, in its fastest way. Throws a `HeddleError` if it cannot do it. */
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

/**
 * Floating-point operations of one example, counted dense: two for each multiply-add, as if no kernel could skip any.
 * Inference runs each layer once. A training step runs it up to three times: forward, for the gradient of its weights, and
 * for that of its input; the last is left out where nothing below the layer is trained, as in the first one.
 *
 * @example
 * operationsOf(buildModel(sequential([dense({ units: 3 })]), [4]), 'step') // 2 passes × 12 multiply-adds × 2 = 48
 */
export function operationsOf({ layers }: Model, what: Job['what']): number {
  const trained = new Map([[INPUT, false]])
  let multiplyAdds = 0
  for (const layer of layers) {
    const below = layer.inputs.some(name => trained.get(name))
    const own = layer.trainableCount > 0
    trained.set(layer.name, below || own)
    const passes = what === 'inference' ? 1 : 1 + Number(own) + Number(below)
    multiplyAdds += passes * layer.multiplyAdds
  }
  return 2 * multiplyAdds
}
