import { HeddleError } from '../../base/errors.ts'
import type { Pair } from '../../base/schema.ts'
import { formatShape, MAX_AXIS, type Shape } from '../../base/shape.ts'

type Padding = 'valid' | 'same'

interface Window {
  readonly size: Pair
  readonly strides: Pair
  readonly dilationRate?: Pair
  readonly padding: Padding
}

/** Height and width of a window with the gaps of its dilation. */
export function windowExtent({ size, dilationRate = [1, 1] }: Pick<Window, 'size' | 'dilationRate'>): Pair {
  return [(size[0] - 1) * dilationRate[0] + 1, (size[1] - 1) * dilationRate[1] + 1]
}

/**
 * The places of a sliding window on an image, counted as Keras and TensorFlow do.
 *
 * - `valid`: out = ⌊(in − extent) / stride⌋ + 1; what remains at the right and bottom is dropped
 * - `same`: out = ⌈in / stride⌉; total padding max(0, (out − 1) · stride + extent − in), the odd one below and right
 *
 * Throws if the window is larger than an image without padding.
 */
export function slide(image: Shape, window: Window): { readonly outputs: Pair; readonly padding: Pair } {
  const extent = windowExtent(window)
  const { size, strides, dilationRate = [1, 1] } = window
  const large = Math.max(...size, ...strides, ...dilationRate, ...extent)
  if (large > MAX_AXIS) {
    throw new HeddleError(
      `its window, strides and dilation may be at most ${MAX_AXIS}, and one of them is ${large}. Use a smaller one.`,
    )
  }
  const along = (axis: 0 | 1): { outputs: number; padding: number } => {
    const [length, stride] = [image[axis]!, window.strides[axis]]
    if (window.padding === 'valid') {
      if (extent[axis] > length) {
        throw new HeddleError(
          `a window of ${extent.join(' × ')} does not fit into an image of ${image[0]} × ${image[1]}. ` +
            `Use a smaller window, padding: 'same', or fewer poolings and strides before it.`,
        )
      }
      return { outputs: Math.floor((length - extent[axis]) / stride) + 1, padding: 0 }
    }
    const outputs = Math.ceil(length / stride)
    const total = Math.max(0, (outputs - 1) * stride + extent[axis] - length)
    return { outputs, padding: Math.floor(total / 2) }
  }
  const [rows, columns] = [along(0), along(1)]
  return { outputs: [rows.outputs, columns.outputs], padding: [rows.padding, columns.padding] }
}

/** The input as `[height, width, channels]`; throws if it is something else. */
export function imageOf(inputs: readonly Shape[]): readonly [number, number, number] {
  const shape = inputs[0]!
  if (shape.length !== 3) {
    throw new HeddleError(
      `expected images [height, width, channels], received ${formatShape(shape)}. ` +
        'Place it before flatten() and dense().',
    )
  }
  return shape as unknown as readonly [number, number, number]
}
