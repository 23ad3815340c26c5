import { UsageError } from '../base/errors.ts'
import { boolean, integer, type Options, parseOptions, type Values } from '../base/schema.ts'
import { formatShape, type Shape } from '../base/shape.ts'

const fields = {
  /** Ask about the image mirrored left to right, too. Default true. */
  flip: boolean(true),
  /** Ask about the image moved by this many pixels to the lower right, and to the upper left, too; 0: not. Default 0. */
  shift: integer(0, { min: 0 }),
}

/**
 * Test-time augmentation: the network is asked about several views of each image, and its outputs are averaged. `{ flip: true }` takes
 * twice the time, `{ shift: 1 }` six times. The image itself, with its mirror image, has half of the weight beside shifted ones.
 *
 * Source: Krizhevsky et al. (2012), section 4.1; these views: Jordan (2024), https://arxiv.org/abs/2404.00498.
 */
export interface TestTimeAugmentation extends Options<typeof fields> {}

export type ViewOptions = Values<typeof fields>

/** Throws a `UsageError` for a bad option, and for a network whose input is no image that is larger than the shift. */
export function parseViews(value: TestTimeAugmentation, shape: Shape): ViewOptions {
  const views = parseOptions('testTimeAugmentation', fields, value)
  const { shift } = views
  if (shape.length !== 3) {
    throw new UsageError(
      `testTimeAugmentation: images must be [height, width, channels], but the network's input is ${formatShape(shape)}.`,
    )
  }
  if (shift >= Math.min(shape[0]!, shape[1]!)) {
    throw new UsageError(
      `testTimeAugmentation: a shift of ${shift} leaves nothing of images of ${shape[0]} × ${shape[1]} pixels. Use a smaller one.`,
    )
  }
  return views
}

/** Images of one shape as they are seen in one view, and what it counts; all weights sum to 1. */
export interface View {
  readonly images: Uint8Array
  readonly weight: number
}

/** Every view of images, one after the other, so that one copy of them exists at a time. */
export function* viewsOf(images: Uint8Array, shape: Shape, { flip, shift }: ViewOptions): Generator<View> {
  const moves = shift === 0 ? [0] : [0, shift, -shift]
  for (const move of moves) {
    const weight = (moves.length === 1 ? 1 : move === 0 ? 0.5 : 0.25) / (flip ? 2 : 1)
    yield { images: move === 0 ? images : moved(images, shape, { move, mirrored: false }), weight }
    if (flip) yield { images: moved(images, shape, { move, mirrored: true }), weight }
  }
}

/** Moved down and to the right, borders repeated, and then mirrored. */
function moved(
  images: Uint8Array,
  [height, width, channels]: Shape,
  { move, mirrored }: { readonly move: number; readonly mirrored: boolean },
): Uint8Array {
  const [rows, columns, depth] = [height!, width!, channels!]
  const inside = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1)
  const from = Int32Array.from({ length: rows * columns * depth }, (_, i) => {
    const pixel = Math.floor(i / depth)
    const [y, x] = [Math.floor(pixel / columns), pixel % columns]
    const source = inside((mirrored ? columns - 1 - x : x) - move, columns)
    return (inside(y - move, rows) * columns + source) * depth + (i % depth)
  })
  const result = new Uint8Array(images.length)
  for (let start = 0; start < images.length; start += from.length)
    for (let i = 0; i < from.length; i++) result[start + i] = images[start + from[i]!]!
  return result
}
