import { INPUT } from '../../model/graph.ts'
import type { Model } from '../../model/model.ts'
import type { Job } from './job.ts'

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
