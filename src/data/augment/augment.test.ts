import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { RandomStream } from '../../base/random.ts'
import { type Augment, augmentImage } from '../../ops/augment.ts'
import type { ImageShape } from '../../ops/resample.ts'
import {
  type AugmentationSpec,
  augmentationField,
  cutout,
  lowerAugmentation,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from './index.ts'

const mini: ImageShape = [28, 28, 1]

function augment(
  specs: readonly AugmentationSpec[],
  shape: ImageShape,
  options: Partial<Augment> = {},
): Augment {
  const key = new RandomStream(1).split('augment').key
  return { ...lowerAugmentation(specs, shape), shape, white: 1, key, step: 0, ...options }
}

/** Pixels 1/size, 2/size, … 1: every one is different. */
const ramp = ([height, width, channels]: ImageShape): Float64Array =>
  Float64Array.from(
    { length: height * width * channels },
    (_, i, size = height * width * channels) => (i + 1) / size,
  )

/** What an augmentation makes of many copies of one image. */
function augmented(
  specs: readonly AugmentationSpec[],
  shape: ImageShape,
  count: number,
  options?: Partial<Augment>,
) {
  return Array.from({ length: count }, (_, position) => {
    const image = ramp(shape)
    augmentImage(image, augment(specs, shape, options), position)
    return [...image]
  })
}

describe('what is refused', () => {
  const refused = (specs: () => unknown, text: string): void => {
    expect(specs).toThrow(UsageError)
    expect(specs).toThrow(text)
  }

  test('larger than the image', () => {
    refused(
      () => lowerAugmentation([cutout({ size: [8, 29] })], mini),
      'cutout: a size of 8 × 29 is larger than the image of 28 × 28. Use a smaller one.',
    )
    refused(
      () => lowerAugmentation([randomCrop({ padding: [28, 0] })], mini),
      'randomCrop: a padding of 28 × 0 is not smaller than the image of 28 × 28: nothing of it might be left. Use less padding.',
    )
    refused(
      () => lowerAugmentation([randomCrop({ padding: 2, size: 33 })], mini),
      'randomCrop: a window of 33 × 33 is larger than the padded image of 32 × 32. Use a smaller size or more padding.',
    )
    refused(
      () => randomTranslation({ heightFactor: 0.1, widthFactor: 1 }),
      'randomTranslation: widthFactor must be a number between -1 and 1, or [lowest, highest], not 1.',
    )
    refused(
      () => randomZoom({ heightFactor: -1 }),
      'randomZoom: heightFactor must be a number between -1 and 1',
    )
  })

  test('ranges that are none', () => {
    refused(
      () => randomRotation({ factor: [0.2, 0.1] }),
      'randomRotation: factor must be a number from -1 to 1, or [lowest, highest], not [0.2,0.1].',
    )
    refused(
      () => randomContrast({ factor: [0.1, 1.1] }),
      'randomContrast: factor must be a number from 0 to 1, or [lower, upper], not [0.1,1.1].',
    )
    refused(() => randomErasing({ factor: -0.5 }), 'randomErasing: factor must be a number from 0 to 1')
    refused(
      () => randomBrightness({ factor: Number.NaN }),
      'randomBrightness: factor must be a number from -1 to 1',
    )
    refused(
      () => randomFlip({ probability: 1.5 }),
      'randomFlip: probability must be a number of at least 0 and at most 1',
    )
  })

  test('a crop that cuts nothing', () => {
    refused(
      () => randomCrop({}),
      'randomCrop: give padding, such as 4, or size, or both: without them nothing is cut.',
    )
  })

  test('a list that is none, is too long, or holds something else', () => {
    refused(
      () => augmentationField.parse('randomFlip', 'augmentation'),
      'augmentation must be a list, not "randomFlip".',
    )
    refused(
      () => augmentationField.parse(new Array(17).fill(randomFlip()), 'augmentation'),
      'augmentation holds 17 entries, at most 16 are possible.',
    )
    refused(
      () => augmentationField.parse([{ kind: 'randomflip' }], 'augmentation'),
      'augmentation[0]: {"kind":"randomflip"} is not an augmentation. Did you mean "randomFlip"?',
    )
  })

  test('inputs that are no images', () => {
    refused(
      () => lowerAugmentation([randomFlip()], [784]),
      "augmentation: images must be [height, width, channels], but the network's input is [784].",
    )
    expect(lowerAugmentation([], [784])).toEqual({ ops: [], mixes: [] })
  })
})

describe('what each one does', () => {
  const shape: ImageShape = [5, 4, 2]
  const pixels = ramp(shape)
  const at = (row: number, column: number): number[] => [
    ...pixels.subarray((row * 4 + column) * 2, (row * 4 + column) * 2 + 2),
  ]
  const rows = (map: (row: number, column: number) => number[]): number[] =>
    Array.from({ length: 20 }, (_, i) => map(i >> 2, i & 3)).flat()

  test('flips copy exactly, and each axis has a coin of its own', () => {
    const always = (mode: 'horizontal' | 'vertical') =>
      augmented([randomFlip({ mode, probability: 1 })], shape, 1)[0]
    expect(always('horizontal')).toEqual(rows((row, column) => at(row, 3 - column)))
    expect(always('vertical')).toEqual(rows((row, column) => at(4 - row, column)))
    const seen = augmented([randomFlip()], shape, 400).map(image => [
      image[0] === at(0, 0)[0],
      image[0] === at(4, 3)[0],
    ])
    const [none, both] = [seen.filter(one => one[0]).length, seen.filter(one => one[1]).length]
    for (const count of [none, both]) expect(Math.abs(count - 100)).toBeLessThan(35)
  })

  test('a crop without a size shifts by whole pixels, every shift within the padding, and copies exactly', () => {
    const shifts = new Set<string>()
    for (const image of augmented([randomCrop({ padding: [2, 1] })], shape, 300)) {
      const found = [-2, -1, 0, 1, 2]
        .flatMap(y => [-1, 0, 1].map(x => [y, x] as const))
        .find(([y, x]) => {
          const inside = (row: number, column: number) => row >= 0 && row < 5 && column >= 0 && column < 4
          const expected = rows((row, column) =>
            inside(row + y, column + x) ? at(row + y, column + x) : [0, 0],
          )
          return expected.every((value, i) => value === image[i])
        })
      shifts.add(String(found))
    }
    expect(shifts.size).toBe(15)
    expect(shifts.has('undefined')).toBe(false)
  })

  test('a window of another size is stretched over the image', () => {
    const gray: ImageShape = [4, 4, 1]
    const spec = randomCrop({ size: 2, interpolation: 'nearest' })
    for (const image of augmented([spec], gray, 20)) {
      const first = Math.round(image[0]! * 16) - 1
      const [top, left] = [first >> 2, first & 3]
      const expected = [0, 0, 1, 1].flatMap(row =>
        [0, 0, 1, 1].map(column => ((top + row) * 4 + left + column + 1) / 16),
      )
      expect(image).toEqual(expected)
    }
  })

  test('cutout: its box around any pixel, cut off at the border', () => {
    const gray: ImageShape = [6, 6, 1]
    const sizes = augmented([cutout({ size: 3, fillValue: 0 })], gray, 200).map(
      image => image.filter(value => value === 0).length,
    )
    expect(new Set(sizes)).toEqual(new Set([4, 6, 9]))
  })

  test('erasing: √scale of each side, within the image; half of the images at factor 1', () => {
    const gray: ImageShape = [10, 10, 1]
    const erased = (factor: number | readonly [number, number]) =>
      augmented([randomErasing({ factor, scale: [0.25, 0.25], fillValue: 0 })], gray, 400).map(
        image => image.filter(value => value === 0).length,
      )
    expect(new Set(erased([1, 1]))).toEqual(new Set([25]))
    expect(Math.abs(erased(1).filter(count => count > 0).length - 200)).toBeLessThan(45)
    expect(erased(0).every(count => count === 0)).toBe(true)
  })

  test('erasing with noise: normal numbers, clipped to black and white', () => {
    const gray: ImageShape = [40, 50, 1]
    const spec = randomErasing({ factor: [1, 1], scale: [1, 1] })
    const [noise] = augmented([spec], gray, 1, { white: 255 })
    const share = (of: (value: number) => boolean): number => noise!.filter(of).length / 2000
    expect(share(value => value === 0)).toBeCloseTo(0.5, 1)
    expect(share(value => value === 255)).toBeCloseTo(0.159, 1)
    expect(share(value => value > 0 && value < 255 * 0.5)).toBeCloseTo(0.19, 1)
  })

  test('fills and brightness are shares of white, whatever white is', () => {
    const [image] = augmented([cutout({ size: [5, 4], fillValue: 0.5 })], [5, 4, 1], 1, { white: 255 })
    expect(image).toContain(127.5)
    const bright = Float64Array.of(0, 100, 250)
    augmentImage(bright, augment([randomBrightness({ factor: [0.2, 0.2] })], [1, 3, 1], { white: 255 }), 0)
    expect([...bright]).toEqual([51, 151, 255])
  })

  test('a probability is a share of the images', () => {
    const images = augmented([randomBrightness({ factor: [-1, -1], probability: 0.25 })], [2, 2, 1], 400)
    expect(Math.abs(images.filter(image => image[0] === 0).length - 100)).toBeLessThan(35)
  })
})

describe('composition', () => {
  const shape: ImageShape = [9, 9, 1]
  const only = (factor: number) =>
    randomRotation({ factor: [factor, factor], fillMode: 'constant', fillValue: 0 })

  test('maps with one fill are one resampling: there and back is the image itself, borders included', () => {
    const shift = (share: number) =>
      randomTranslation({ heightFactor: [share, share], widthFactor: [0, 0], fillMode: 'constant' })
    const [image] = augmented([only(0.1), shift(0.5), shift(-0.5), only(-0.1)], shape, 1)
    const original = ramp(shape)
    for (const [i, value] of image!.entries()) expect(value).toBeCloseTo(original[i]!, 12)
  })

  test('another fill between them, or a change of pixels, ends it', () => {
    const away = (fillMode: 'constant' | 'nearest') =>
      randomTranslation({ heightFactor: [0.5, 0.5], widthFactor: [0, 0], fillMode })
    const back = randomTranslation({ heightFactor: [-0.5, -0.5], widthFactor: [0, 0], fillMode: 'constant' })
    const [apart] = augmented([away('nearest'), back], shape, 1)
    expect(apart!.at(-1)).toBe(0)
    const [between] = augmented([away('constant'), randomBrightness({ factor: [0, 0] }), back], shape, 1)
    expect(between!.at(-1)).toBe(0)
  })
})
