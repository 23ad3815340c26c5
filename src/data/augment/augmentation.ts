import type { Definition } from '../../base/family.ts'
import type { AugmentOp } from '../../ops/augment.ts'
import type { MixOp } from '../../ops/mix.ts'
import type { ImageShape } from '../../ops/resample.ts'

/** What an augmentation does, beside its options: it changes images one by one, or it mixes them. */
export type AugmentationDefinition<S> = ChangingDefinition<S> | MixingDefinition<S>

interface ChangingDefinition<S> extends Definition<S> {
  /** The most by which it turns an image away from upright, in whole turns: 0.5 is upside down. Absent: it does not. */
  turns?(spec: S): number
  /** For images `[height, width, channels]`. Throws a `UsageError` if it is larger than the image. */
  lower(spec: S, shape: ImageShape): AugmentOp
}

interface MixingDefinition<S> extends Definition<S> {
  mix(spec: S): MixOp
}
