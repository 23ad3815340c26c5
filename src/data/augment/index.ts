import { UsageError } from '../../base/errors.ts'
import { family, type SpecOf } from '../../base/family.ts'
import type { Shape } from '../../base/shape.ts'
import type { Augment, AugmentOp } from '../../ops/augment.ts'
import type { MixOp } from '../../ops/mix.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { cutmixDefinition } from './cutmix.ts'
import { cutoutDefinition } from './cutout.ts'
import { mixupDefinition } from './mixup.ts'
import { randomBrightnessDefinition } from './random-brightness.ts'
import { randomContrastDefinition } from './random-contrast.ts'
import { randomCropDefinition } from './random-crop.ts'
import { randomErasingDefinition } from './random-erasing.ts'
import { randomFlipDefinition } from './random-flip.ts'
import { randomRotationDefinition } from './random-rotation.ts'
import { randomTranslationDefinition } from './random-translation.ts'
import { randomZoomDefinition } from './random-zoom.ts'

/** Every augmentation, in the order in which the studio offers them. */
export const augmentations = family('augmentation', {
  randomFlip: randomFlipDefinition,
  randomRotation: randomRotationDefinition,
  randomTranslation: randomTranslationDefinition,
  randomZoom: randomZoomDefinition,
  randomCrop: randomCropDefinition,
  randomErasing: randomErasingDefinition,
  cutout: cutoutDefinition,
  randomBrightness: randomBrightnessDefinition,
  randomContrast: randomContrastDefinition,
  mixup: mixupDefinition,
  cutmix: cutmixDefinition,
})

/** The frozen JSON description of any augmentation. */
export type AugmentationSpec = SpecOf<typeof augmentations>

/** Reads an augmentation from JSON that may come from anywhere. Throws a `UsageError` for an unknown kind or option. */
export const parseAugmentation = augmentations.parse

/** What the engine takes at once (MAX_OPS in native/augment.cc). */
const MOST = 16

/** The option `augmentation`: a list of specs, applied in its order. */
export const augmentationField = augmentations.list(MOST)

/** The most by which an augmentation turns an image away from upright, in whole turns. */
export function turnsOf(spec: AugmentationSpec): number {
  const definition = definitionOf(spec)
  return 'turns' in definition ? (definition.turns?.(spec) ?? 0) : 0
}

function definitionOf(spec: AugmentationSpec): AugmentationDefinition<AugmentationSpec> {
  return augmentations.of(spec)
}

/**
 * What the engine does with images of a shape. Throws a `UsageError` if an augmentation does not fit them, or one that changes
 * images follows one that mixes them.
 */
export function lowerAugmentation(
  specs: readonly AugmentationSpec[],
  shape: Shape,
): Pick<Augment, 'ops' | 'mixes'> {
  const [height, width, channels] = shape
  if (specs.length > 0 && shape.length !== 3) {
    throw new UsageError(
      `augmentation: images must be [height, width, channels], but the network's input is [${shape.join(', ')}].`,
    )
  }
  const ops: AugmentOp[] = []
  const mixes: MixOp[] = []
  for (const spec of specs) {
    const definition = definitionOf(spec)
    if ('mix' in definition) mixes.push(definition.mix(spec))
    else if (mixes.length === 0) ops.push(definition.lower(spec, [height!, width!, channels!]))
    else {
      throw new UsageError(
        `augmentation: ${spec.kind} follows ${mixes[0]!.kind}. Images are mixed when all else has happened to them: put mixup and cutmix last.`,
      )
    }
  }
  return { ops, mixes }
}

export { type CutmixOptions, cutmix } from './cutmix.ts'
export { type CutoutOptions, cutout } from './cutout.ts'
export { type MixupOptions, mixup } from './mixup.ts'
export { type RandomBrightnessOptions, randomBrightness } from './random-brightness.ts'
export { type RandomContrastOptions, randomContrast } from './random-contrast.ts'
export { type RandomCropOptions, randomCrop } from './random-crop.ts'
export { type RandomErasingOptions, randomErasing } from './random-erasing.ts'
export { type RandomFlipOptions, randomFlip } from './random-flip.ts'
export { type RandomRotationOptions, randomRotation } from './random-rotation.ts'
export { type RandomTranslationOptions, randomTranslation } from './random-translation.ts'
export { type RandomZoomOptions, randomZoom } from './random-zoom.ts'
