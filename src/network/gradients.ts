import type { LabelledImages } from '../data/examples.ts'
import type { PixelRange } from '../data/pixels.ts'
import type { Executable } from '../engine/backend.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import { sgd, updateRuleOf } from '../nn/optimizers/index.ts'
import type { Floats } from '../ops/op.ts'
import { Feed } from './feed.ts'
import { inOrder } from './measure.ts'
import type { Network } from './network.ts'

/** The gradients of the mean loss over some examples, by parameter that is not frozen, with dropout off. Weights stay as they are. */
export async function gradientsOf(
  network: Network,
  examples: LabelledImages,
  { loss, pixelRange }: { readonly loss: LossSpec; readonly pixelRange: PixelRange },
): Promise<ReadonlyMap<string, Floats>> {
  const order = inOrder(examples)
  const executable = network.compile(loss, { batchSize: order.length, update: updateRuleOf(sgd()) })
  const feed = new Feed(examples, { loss, pixelRange, executable })
  await executable.run({ mode: 'gradients', ...feed.of(order) })
  return gradientsIn(executable)
}

/** The gradients of the last step, by parameter that is not frozen: what its update was made of, so they are clipped where the rule clips. */
export function gradientsIn(executable: Executable): ReadonlyMap<string, Floats> {
  const all = executable.read('gradients')
  return new Map(
    executable.program.parameters
      .filter(({ frozen }) => !frozen)
      .map(({ name, offset, size }) => [name, all.subarray(offset, offset + size)]),
  )
}
