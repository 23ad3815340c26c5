import { UsageError } from '../../base/errors.ts'
import { hintFor } from '../../base/keras-names.ts'
import { custom, type Field, kindsForm, show } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import type { AugmentOp } from '../../ops/augment.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { type CutoutSpec, cutout, cutoutDefinition } from './cutout.ts'
import {
  type RandomBrightnessSpec,
  randomBrightness,
  randomBrightnessDefinition,
} from './random-brightness.ts'
import { type RandomContrastSpec, randomContrast, randomContrastDefinition } from './random-contrast.ts'
import { type RandomCropSpec, randomCrop, randomCropDefinition } from './random-crop.ts'
import { type RandomErasingSpec, randomErasing, randomErasingDefinition } from './random-erasing.ts'
import { type RandomFlipSpec, randomFlip, randomFlipDefinition } from './random-flip.ts'
import { type RandomRotationSpec, randomRotation, randomRotationDefinition } from './random-rotation.ts'
import {
  type RandomTranslationSpec,
  randomTranslation,
  randomTranslationDefinition,
} from './random-translation.ts'
import { type RandomZoomSpec, randomZoom, randomZoomDefinition } from './random-zoom.ts'

/** The frozen JSON description of any augmentation. */
export type AugmentationSpec =
  | RandomFlipSpec
  | RandomRotationSpec
  | RandomTranslationSpec
  | RandomZoomSpec
  | RandomCropSpec
  | RandomErasingSpec
  | CutoutSpec
  | RandomBrightnessSpec
  | RandomContrastSpec

type Kind = AugmentationSpec['kind']
type SpecOfKind<K extends Kind> = Extract<AugmentationSpec, { kind: K }>

interface Entry<S> {
  readonly definition: AugmentationDefinition<S>
  /** Builds the spec from options that may come from anywhere. */
  readonly create: (options: never) => S
}

/** Every augmentation; a spec without an entry does not compile. */
const registry = {
  randomFlip: { definition: randomFlipDefinition, create: randomFlip },
  randomRotation: { definition: randomRotationDefinition, create: randomRotation },
  randomTranslation: { definition: randomTranslationDefinition, create: randomTranslation },
  randomZoom: { definition: randomZoomDefinition, create: randomZoom },
  randomCrop: { definition: randomCropDefinition, create: randomCrop },
  randomErasing: { definition: randomErasingDefinition, create: randomErasing },
  cutout: { definition: cutoutDefinition, create: cutout },
  randomBrightness: { definition: randomBrightnessDefinition, create: randomBrightness },
  randomContrast: { definition: randomContrastDefinition, create: randomContrast },
} as const satisfies { readonly [K in Kind]: Entry<SpecOfKind<K>> }

const fieldsByKind = Object.fromEntries(
  Object.entries(registry).map(([kind, { definition }]) => [kind, definition.fields]),
)

/** What the engine takes at once (MAX_OPS in native/augment.cc). */
const MOST = 16

/** The option `augmentation`: a list of specs, applied in its order. */
export const augmentationField: Field<readonly AugmentationSpec[], readonly AugmentationSpec[]> = custom<
  readonly AugmentationSpec[],
  readonly AugmentationSpec[]
>(
  Object.freeze([]),
  (value, path) => {
    if (!Array.isArray(value)) throw new UsageError(`${path} must be a list, not ${show(value)}.`)
    if (value.length > MOST)
      throw new UsageError(`${path} holds ${value.length} entries, at most ${MOST} are possible.`)
    return Object.freeze(value.map((item, i) => parseAugmentation(item, `${path}[${i}]`)))
  },
  { type: 'list', of: kindsForm(fieldsByKind) },
)

/** Checks an augmentation that comes from JSON and returns its frozen spec. Throws a `UsageError` for an unknown kind or option. */
export function parseAugmentation(value: unknown, path: string): AugmentationSpec {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  if (typeof kind !== 'string' || !Object.hasOwn(registry, kind)) {
    const kinds = Object.keys(registry)
    const hint = typeof kind === 'string' ? hintFor(kind, kinds) : ''
    throw new UsageError(
      `${path}: ${show(value)} is not an augmentation.${hint} Augmentations are ${kinds.join(', ')}.`,
    )
  }
  return registry[kind as Kind].create(value as never)
}

/** What the engine does with images of a shape. Throws a `UsageError` where an augmentation does not fit them. */
export function lowerAugmentation(specs: readonly AugmentationSpec[], shape: Shape): readonly AugmentOp[] {
  const [height, width, channels] = shape
  if (specs.length > 0 && shape.length !== 3) {
    throw new UsageError(
      `augmentation: images must be [height, width, channels], but the network's input is [${shape.join(', ')}].`,
    )
  }
  // The entry under a spec's own kind takes exactly that spec, which TypeScript cannot follow through the index.
  return specs.map(spec =>
    (
      registry[spec.kind]
        .definition as AugmentationDefinition<never> as AugmentationDefinition<AugmentationSpec>
    ).lower(spec, [height!, width!, channels!]),
  )
}

export {
  cutout,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
}
