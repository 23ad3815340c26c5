import { HeddleError } from '../../base/errors.ts'
import type { Pair } from '../../base/schema.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'
import { type Activation, lowerActivation } from './activations.ts'
import type { KernelValues } from './kernel-options.ts'
import type { Lowering, ParameterSpec, Value } from './layer.ts'
import { slide, windowExtent } from './window.ts'

/** What all convolutions have in common, whatever the rank of their window. */
interface ConvolutionSpec extends KernelValues {
  readonly filters: number
  readonly groups: number
}

/** A convolution over images; those over sequences are images of one row. */
export interface ImageConvolution {
  readonly filters: number
  readonly kernelSize: Pair
  readonly strides: Pair
  readonly dilationRate: Pair
  readonly padding: 'valid' | 'same'
  readonly groups: number
  readonly useBias: boolean
  readonly activation: Activation
}

/** The shape of what an image becomes: `[outHeight, outWidth, filters]`. */
export function convolvedShape(convolution: ImageConvolution, image: Shape): Shape {
  const { filters, groups } = convolution
  if (image[2]! % groups !== 0 || filters % groups !== 0) {
    throw new HeddleError(
      `groups: ${groups} must divide both the ${image[2]} input channels and the ${filters} filters.`,
    )
  }
  const { outputs } = slide(image, { ...convolution, size: convolution.kernelSize })
  checkBorder(convolution, image, outputs)
  return [...outputs, filters]
}

/** 256 MiB for an image with its border: an engine lays one out for each thread. */
const MAX_BORDERED = 2 ** 26

/** `same` puts a border around the image, and a window with wide gaps a border of many times the image. */
function checkBorder(convolution: ImageConvolution, image: Shape, outputs: Pair): void {
  const extent = windowExtent({ ...convolution, size: convolution.kernelSize })
  const [height, width] = ([0, 1] as const).map(axis =>
    Math.max(image[axis]!, (outputs[axis] - 1) * convolution.strides[axis] + extent[axis]),
  ) as unknown as Pair
  const numbers = height * width * image[2]!
  if (numbers <= MAX_BORDERED || numbers <= 4 * sizeOf(image)) return
  throw new HeddleError(
    `its window reaches over ${extent.join(' × ')} pixels, so that padding: 'same' makes an image of ${height} × ${width} × ${image[2]}. ` +
      'Use a smaller window or dilationRate.',
  )
}

/** Kernel `[filters, …window, channels / groups]` and bias `[filters]`. */
export function convolutionParameters(
  { filters, groups, useBias, ...spec }: ConvolutionSpec,
  { window, channels }: { readonly window: Shape; readonly channels: number },
): readonly ParameterSpec[] {
  const groupChannels = channels / groups
  const fans = { fanIn: groupChannels * sizeOf(window), fanOut: filters * sizeOf(window) }
  const kernel = {
    shape: [filters, ...window, groupChannels],
    initializer: spec.kernelInitializer,
    regularizer: spec.kernelRegularizer,
  }
  const bias = { shape: [filters], initializer: spec.biasInitializer, regularizer: spec.biasRegularizer }
  return [
    { name: 'kernel', role: 'kernel', ...kernel, fans },
    ...(useBias ? [{ name: 'bias', role: 'bias' as const, ...bias, fans }] : []),
  ]
}

/** For one image: every output sums a window of one group's channels. */
export function convolutionMultiplyAdds(convolution: ImageConvolution, image: Shape): number {
  const { kernelSize, groups } = convolution
  return sizeOf([...convolvedShape(convolution, image), ...kernelSize, image[2]! / groups])
}

/** The op and its activation, on a value `[height, width, channels]`; `kernel` is the name of its weights. */
export function lowerConvolution(
  convolution: ImageConvolution,
  image: Value,
  lowering: Lowering,
  kernel = 'kernel',
): Value {
  const { kernelSize, strides, dilationRate, groups } = convolution
  const { padding } = slide(image.shape, { ...convolution, size: kernelSize })
  const y = lowering.emit('convolution', {
    inputs: [image],
    outputShape: convolvedShape(convolution, image.shape),
    attributes: { kernelSize, strides, dilationRate, padding, groups },
    parameters: convolution.useBias ? [kernel, 'bias'] : [kernel],
  })
  return lowerActivation(convolution.activation, y, lowering)
}
