import type { Pair } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import type { Lowering, Value } from './layer.ts'
import { slide } from './window.ts'

/** A pooling over images; those over sequences are images of one row. */
export interface ImagePooling {
  readonly poolSize: Pair
  readonly strides: Pair
  readonly padding: 'valid' | 'same'
}

/** The ops that pool. */
export type PoolingOp = 'maxPooling' | 'averagePooling'

/** The shape of what an image becomes: `[outHeight, outWidth, channels]`. */
export function pooledShape(pooling: ImagePooling, image: Shape): Shape {
  return [...slide(image, { ...pooling, size: pooling.poolSize }).outputs, image[2]!]
}

/** The op on a value `[height, width, channels]`. */
export function lowerPooling(op: PoolingOp, pooling: ImagePooling, image: Value, lowering: Lowering): Value {
  const { poolSize, strides } = pooling
  const { padding } = slide(image.shape, { ...pooling, size: poolSize })
  return lowering.emit(op, {
    inputs: [image],
    outputShape: pooledShape(pooling, image.shape),
    attributes: { poolSize, strides, padding },
  })
}
