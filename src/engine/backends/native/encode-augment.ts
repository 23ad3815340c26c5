import { type Augment, type AugmentOp, augmentKinds } from '../../../ops/augment.ts'
import { MIX_NUMBERS, mixesOf } from '../../../ops/mix.ts'
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

/** How the images of some batches are mixed, a row for each; `null`: they are not. */
export function encodeMixing(
  augment: Augment,
  { count, batchSize }: { readonly count: number; readonly batchSize: number },
): Float64Array | null {
  if (augment.mixes.length === 0) return null
  const rows = new Float64Array(count * MIX_NUMBERS)
  for (let from = 0; from < count; from += batchSize) {
    const batch = mixesOf(augment, { count: Math.min(batchSize, count - from), steps: from / batchSize })
    batch.forEach((mix, i) => {
      const { partner, share, top, bottom, left, right } = mix ?? UNMIXED
      rows.set([partner, share, top, bottom, left, right], (from + i) * MIX_NUMBERS)
    })
  }
  return rows
}

const UNMIXED = { partner: -1, share: 1, top: 0, bottom: 0, left: 0, right: 0 }
