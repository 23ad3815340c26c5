import { HeddleError, UsageError } from '../../base/errors.ts'
import { oneOf } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import { type PixelRange, pixelRangeField, pixelScale } from '../../data/pixels.ts'
import { classCountOf } from '../../model/model.ts'
import type { Network } from '../../network/network.ts'
import { LOGITS, NetworkPart, OUTPUTS } from '../../network/network-part.ts'
import type { Floats } from '../../ops/op.ts'
import { predictedClasses } from '../evaluate/confusion.ts'

/** Images, and for each the class that its explanation is about. */
export interface Question {
  /** `[count, height, width, channels]`, 0 to 255. */
  readonly images: Uint8Array | Floats
  /** One for each image; left out: the class that the network gives it. */
  readonly classes?: ArrayLike<number>
  /** That of the training. */
  readonly pixelRange?: PixelRange
  /** What is explained: what the last layer makes before its softmax or sigmoid, or after it. */
  readonly of?: 'logit' | 'output'
}

/** A question in the engine's terms. */
export interface Asked {
  readonly images: Uint8Array | Floats
  readonly count: number
  readonly scale: number
  readonly classes: Int32Array
  /** Where the part of the network ends that is differentiated. */
  readonly to: typeof LOGITS | typeof OUTPUTS
  /** `[count, classes]`: 1 for the class asked about. */
  readonly oneHot: Float32Array
}

const ofField = oneOf(['logit', 'output'])

/** Checks a question. Throws a `UsageError` for a bad option, a `HeddleError` for images or classes that do not fit. */
export async function asked(
  network: Network,
  { images, classes: given, pixelRange, of }: Question,
  fallback: 'logit' | 'output',
): Promise<Asked> {
  const { inputShape } = network.model
  const outputs = classCountOf(network.model)
  if (inputShape.length !== 3) {
    throw new UsageError(
      `Only networks of images [height, width, channels] can be explained; this one takes ${inputShape.join(' × ')}.`,
    )
  }
  const scale = pixelScale(pixelRangeField.parse(pixelRange ?? 'unit', 'pixelRange'))
  const classes = Int32Array.from(
    given ??
      predictedClasses(await new NetworkPart(network, { to: OUTPUTS }).outputs(images, scale), outputs),
  )
  const count = images.length / sizeOf(inputShape)
  if (classes.length !== count) {
    throw new HeddleError(`${count} images need as many classes, received ${classes.length}.`)
  }
  const bad = classes.findIndex(one => one < 0 || one >= outputs)
  if (bad >= 0) {
    throw new HeddleError(
      `Image ${bad} is asked about class ${classes[bad]}, but the network has ${outputs} outputs (0 to ${outputs - 1}).`,
    )
  }
  const oneHot = new Float32Array(count * outputs)
  classes.forEach((one, i) => {
    oneHot[i * outputs + one] = 1
  })
  const to = ofField.parse(of ?? fallback, 'of') === 'logit' ? LOGITS : OUTPUTS
  return { images, count, scale, classes, to, oneHot }
}
