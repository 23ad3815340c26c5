import type { LabelledImages } from '../../data/examples.ts'
import type { PixelRange } from '../../data/pixels.ts'
import type { Network } from '../../network/network.ts'
import { createPredictor } from '../../network/predict.ts'
import type { ImageShape } from '../../ops/resample.ts'
import type { RobustnessCurve } from '../../protocol/evaluation.ts'
import { predictedClasses } from './confusion.ts'
import { corrupt, corruptionKinds, strengthsOf } from './corruptions.ts'

export interface RobustnessOptions {
  readonly pixelRange?: PixelRange
  readonly seed?: number
  /** Called before each of the 30 predictions. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

/**
 * How much of a network's accuracy is left when images are shifted, turned, noisy, blurred, pale or partly hidden: five
 * strengths of each. The same seed spoils the same way.
 *
 * Source: D. Hendrycks and T. Dietterich, Benchmarking Neural Network Robustness (2019), https://arxiv.org/abs/1903.12261.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape })
 * const curves = await robustnessOf(network, data.test.first(20))
 * curves.map(({ kind }) => kind) // ['shift', 'rotation', 'noise', 'blur', 'contrast', 'occlusion']
 */
export async function robustnessOf(
  network: Network,
  { images, labels }: LabelledImages,
  { pixelRange = 'unit', seed = 0, onProgress }: RobustnessOptions = {},
): Promise<RobustnessCurve[]> {
  const shape = network.model.inputShape as ImageShape
  const curves = corruptionKinds.map(kind => ({
    kind,
    ...strengthsOf(kind, shape),
    accuracies: [] as number[],
  }))
  const jobs = curves.flatMap(curve => curve.strengths.map(strength => ({ curve, strength })))
  const spoiltFor = ({ curve: { kind }, strength }: (typeof jobs)[number]): Uint8Array =>
    corrupt(images, { kind, strength, shape, seed })
  const predictor = createPredictor(network, { pixelRange, batchSize: 256 })
  let spoilt = spoiltFor(jobs[0]!)
  for (const [i, { curve }] of jobs.entries()) {
    onProgress?.(i, jobs.length)
    const answer = predictor.outputs(spoilt)
    // The next images are spoilt while the engine computes.
    if (i + 1 < jobs.length) spoilt = spoiltFor(jobs[i + 1]!)
    const outputs = await answer
    const predicted = predictedClasses(outputs, outputs.length / labels.length)
    curve.accuracies.push(labels.filter((label, k) => predicted[k] === label).length / labels.length)
  }
  return curves
}
