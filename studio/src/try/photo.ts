import { type Preparation, preparation, preparationSteps } from '../../../src/data/preparation.ts'
import type { Picture } from '../parts/pixels.tsx'

/** What can be chosen otherwise than the model's data was prepared. */
export type PhotoOptions = Pick<Preparation, 'crop' | 'tolerance' | 'invert'> &
  Partial<Pick<Preparation, 'fit' | 'interpolation' | 'background' | 'bits'>>

export interface PhotoStep {
  readonly name: string
  /** What was done, in numbers. */
  readonly note: string
  readonly picture: Picture
}

/** A decoded picture: `Picture` with the levels that its file has, alpha and 16 bits included. */
export type Photo = Parameters<typeof preparationSteps>[0]

/** From a picture to what the network takes, step by step, by the code that prepared the images it was trained on. */
export function photoSteps(
  photo: Photo | Picture,
  [height, width, channels]: readonly [number, number, number],
  options: PhotoOptions,
): readonly PhotoStep[] {
  const { crop, tolerance, invert, fit, interpolation, background, bits } = options
  const chosen = preparation({
    crop,
    tolerance,
    invert,
    fit,
    interpolation,
    background,
    bits,
    imageSize: [height, width],
    colorMode: channels === 1 ? 'grayscale' : 'rgb',
  })
  const picture = 'levels' in photo ? photo : { ...photo, levels: photo.bytes }
  const { opaque, cropped, coloured, inverted, prepared, facts } = preparationSteps(picture as Photo, chosen)
  const { bits: used, isBackgroundLight, isInverted, isReady } = facts
  const size = (of: Picture): string => `${of.width} × ${of.height}`
  const ready = isReady && crop === 'thing' ? ', the size of the input: taken whole' : ''
  return [
    {
      name: 'Photo',
      note: used === null ? size(opaque) : `${size(opaque)}, ${used} of 16 bits used`,
      picture: opaque,
    },
    ...(crop === 'none' ? [] : [{ name: 'Cropped', note: size(cropped) + ready, picture: cropped }]),
    ...(channels === 1 ? [{ name: 'Grey', note: 'luma of Rec. 601', picture: coloured }] : []),
    ...(invert === 'no'
      ? []
      : [
          {
            name: isInverted ? 'Inverted' : 'Not inverted',
            note: isInverted
              ? 'its background made black'
              : isBackgroundLight
                ? 'it has the size of the input'
                : 'its background is dark',
            picture: inverted,
          },
        ]),
    { name: 'Scaled', note: `${width} × ${height}, ${FITTED[chosen.fit]}`, picture: prepared },
  ]
}

const FITTED = { stretch: 'stretched', crop: 'cut around its middle', pad: 'centred' } as const
