import { type Augment, type AugmentOp, augmentKinds } from '../../../ops/augment.ts'
import { fillModes } from '../../../ops/resample.ts'

/** An augmentation as the numbers that native/augment.cc decodes, and checks. */
export function encodeAugment({ key, step, shape, white, ops }: Augment): Float64Array {
  return Float64Array.of(...key, step, ...shape, white, ops.length, ...ops.flatMap(encodeOp))
}

function encodeOp({ kind, probability, fill, numbers }: AugmentOp): number[] {
  return [
    augmentKinds.indexOf(kind),
    probability,
    Number(fill !== null),
    fillModes.indexOf(fill?.mode ?? 'nearest'),
    fill?.value ?? 0,
    Number(fill?.interpolation === 'bilinear'),
    ...numbers,
    ...new Array<number>(5 - numbers.length).fill(0),
  ]
}
