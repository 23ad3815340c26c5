import { RandomStream } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import type { Golden } from '../model/files/model-format.ts'
import { classCountOf } from '../model/model.ts'
import type { Network } from './network.ts'
import { outputsOf } from './predict.ts'

const COUNT = 16

/** 16 inputs of noise with what the network answers: they travel in its files, so that others can be held to them. */
export async function goldenOf(network: Network): Promise<Golden> {
  const stream = new RandomStream(0).split('golden')
  const size = COUNT * sizeOf(network.model.inputShape)
  const inputs = Uint8Array.from({ length: size }, (_, i) => Math.floor(256 * stream.uniform(i)))
  return { inputs, outputs: await outputsOf(network, inputs) }
}

/** The largest difference between what a network answers and what its file says; `null`: they do not fit together. */
export async function goldenDifference(
  network: Network,
  { inputs, outputs }: Golden,
): Promise<number | null> {
  const { inputShape } = network.model
  const count = inputs.length / sizeOf(inputShape)
  if (count === 0 || !Number.isInteger(count) || outputs.length !== count * classCountOf(network.model))
    return null
  const own = await outputsOf(network, inputs)
  return own.reduce((largest, value, i) => Math.max(largest, Math.abs(value - outputs[i]!)), 0)
}
