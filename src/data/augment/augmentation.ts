import type { Definition } from '../../base/family.ts'
import type { AugmentOp } from '../../ops/augment.ts'
import type { ImageShape } from '../../ops/resample.ts'

/** What an augmentation does, beside its options. */
export interface AugmentationDefinition<S> extends Definition<S> {
  /** The most by which it turns an image away from upright, in whole turns: 0.5 is upside down. Absent: it does not. */
  turns?(spec: S): number
  /** For images `[height, width, channels]`. Throws a `UsageError` if it is larger than the image. */
  lower(spec: S, shape: ImageShape): AugmentOp
}
