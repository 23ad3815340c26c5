import { argMax } from '../base/maths.ts'
import { RandomStream } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import type { Golden } from '../model/files/model-format.ts'
import { classCountOf } from '../model/model.ts'
import type { Network } from './network.ts'
import { outputsOf } from './predict.ts'

const COUNT = 16
/** Bytes of all inputs together: 16 pictures of 400 × 400 in colour. If they are larger, fewer travel. */
const MOST = 8_000_000

/** How far the outputs of two programs for one input may be apart, as a share of the largest output: sums in another order differ by less. */
const CLOSE = 1e-4

/**
 * 16 inputs with the network's outputs. Its files carry them, and another program is compared with them. The inputs are `images` of its
 * data, at equal distances, or noise where there is no data.
 */
export async function goldenOf(network: Network, images?: Uint8Array): Promise<Golden> {
  const size = sizeOf(network.model.inputShape)
  const count = Math.min(COUNT, Math.floor(MOST / size))
  const inputs = images && images.length > 0 ? spread(images, { size, count }) : noise(count * size)
  return { inputs, outputs: await outputsOf(network, inputs) }
}

function spread(
  images: Uint8Array,
  { size, count }: { readonly size: number; readonly count: number },
): Uint8Array {
  const all = images.length / size
  const chosen = Math.min(count, all)
  const inputs = new Uint8Array(chosen * size)
  for (let i = 0; i < chosen; i++) {
    const from = Math.floor((i * all) / chosen) * size
    inputs.set(images.subarray(from, from + size), i * size)
  }
  return inputs
}

function noise(length: number): Uint8Array {
  const stream = new RandomStream(0).split('golden')
  return Uint8Array.from({ length }, (_, i) => Math.floor(256 * stream.uniform(i)))
}

/** How far outputs are from those that are expected. */
export interface OutputDifference {
  readonly examples: number
  /** The largest difference of any output; NaN where one is not a number. */
  readonly largest: number
  /** How many examples get another class. */
  readonly changedLabels: number
  /** They differ by no more than rounding. */
  readonly isClose: boolean
}

/** Compares `[examples, classes]` outputs; `null`: they do not fit together. */
export function outputDifference(
  outputs: Float32Array,
  { expected, classes }: { readonly expected: Float32Array; readonly classes: number },
): OutputDifference | null {
  const examples = expected.length / classes
  if (examples === 0 || !Number.isInteger(examples) || outputs.length !== expected.length) return null
  const largest = outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  const label = (rows: Float32Array, i: number): number => argMax(rows, i * classes, classes)
  let changedLabels = 0
  for (let i = 0; i < examples; i++) if (label(outputs, i) !== label(expected, i)) changedLabels++
  return { examples, largest, changedLabels, isClose: largest < CLOSE * scale }
}

/** How far a network's outputs are from those in its file; `null`: the file's are for another network. */
export async function goldenDifference(
  network: Network,
  { inputs, outputs }: Golden,
): Promise<OutputDifference | null> {
  const count = inputs.length / sizeOf(network.model.inputShape)
  if (count === 0 || !Number.isInteger(count)) return null
  const own = await outputsOf(network, inputs)
  return outputDifference(own, { expected: outputs, classes: classCountOf(network.model) })
}
