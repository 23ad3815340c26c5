import { RandomStream } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import { type AugmentationSpec, lowerAugmentation, parseAugmentation } from '../data/augment/index.ts'
import type { Backend } from '../engine/backend.ts'
import { lower } from '../engine/lower.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { activation } from '../nn/layers/index.ts'
import { type Augment, augmentBatch } from '../ops/augment.ts'
import type { Floats } from '../ops/op.ts'
import { fillModes, type ImageShape, interpolations } from '../ops/resample.ts'
import { relativeDifference } from './compare.ts'

/** What a backend makes of images on their way in: a network that hands them out again. */
export async function augmentedBy(
  backend: Backend,
  { images, augment, batchSize }: { images: Floats; augment: Augment; batchSize: number },
): Promise<Floats> {
  const model = buildModel(sequential([activation({ activation: 'linear' })]), augment.shape)
  const update = { kind: 'sgd', momentum: 0, nesterov: false } as const
  const executable = backend.compile(lower(model, 'dot'), { batchSize, update })
  const order = Int32Array.from({ length: images.length / sizeOf(augment.shape) }, (_, i) => i)
  const { outputs } = await executable.run({
    mode: 'predict',
    images,
    scale: 1,
    targets: null,
    order,
    outputs: true,
    augment,
  })
  return outputs!
}

/** How a backend's augmentation differed from the plain loops. */
export interface AugmentationFinding {
  readonly specs: readonly AugmentationSpec[]
  readonly shape: ImageShape
  readonly difference: number
}

const shapes: readonly ImageShape[] = [
  [28, 28, 1],
  [1, 1, 1],
  [9, 12, 3],
  [1, 7, 2],
  [32, 32, 3],
  // Wider than what the kernel computes at once.
  [3, 70, 1],
]

/** Random lists of random augmentations on images of many shapes, over several steps and partial batches. */
export async function augmentationContract(
  backend: Backend,
  { count = 60, seed = 1 }: { readonly count?: number; readonly seed?: number } = {},
): Promise<readonly AugmentationFinding[]> {
  const findings: AugmentationFinding[] = []
  for (let i = 0; i < count; i++) {
    const stream = new RandomStream(seed).split(`case ${i}`)
    const shape = shapes[i % shapes.length]!
    const specs = randomSpecs(stream, shape)
    const [size, batchSize, examples] = [sizeOf(shape), 1 + (i % 19), 23]
    const white = i % 2 === 0 ? 1 : 255
    const pixels = stream.split('pixels')
    // Float32 values, so that both precisions see the same numbers.
    const images = Float64Array.from({ length: examples * size }, (_, k) =>
      Math.fround(white * pixels.uniform(k)),
    )
    const augment = { ...lowerAugmentation(specs, shape), shape, white, key: stream.key, step: i }
    const expected = images.slice()
    const rows = Array.from({ length: examples }, (_, n) => expected.subarray(n * size, (n + 1) * size))
    for (let from = 0; from < examples; from += batchSize) {
      augmentBatch(rows.slice(from, from + batchSize), { ...augment, step: i + from / batchSize })
    }
    const actual = await augmentedBy(backend, { images, augment, batchSize })
    findings.push({ specs, shape, difference: relativeDifference(actual, expected) })
  }
  return findings
}

function randomSpecs(stream: RandomStream, [height, width]: ImageShape): AugmentationSpec[] {
  let position = 0
  const within = (low: number, high: number): number => low + (high - low) * stream.uniform(position++)
  const whole = (low: number, high: number): number => Math.floor(within(low, high + 1))
  const pick = <T>(choices: readonly T[]): T => choices[whole(0, choices.length - 1)]!
  const range = (low: number, high: number): number[] =>
    [within(low, high), within(low, high)].sort((a, b) => a - b)
  const probability = (): number => pick([1, 1, 0.6])
  const fill = () => ({
    fillMode: pick(fillModes),
    fillValue: pick([0, 0.5]),
    interpolation: pick(interpolations),
    probability: probability(),
  })
  const kinds: readonly (() => object)[] = [
    () => ({ kind: 'randomFlip', mode: pick(['horizontal', 'vertical', 'horizontalAndVertical']) }),
    () => ({ kind: 'randomRotation', factor: range(-1, 1), ...fill() }),
    () => ({
      kind: 'randomTranslation',
      heightFactor: range(-0.9, 0.9),
      widthFactor: range(-0.9, 0.9),
      ...fill(),
    }),
    () => ({
      kind: 'randomZoom',
      heightFactor: range(-0.9, 0.9),
      widthFactor: pick([null, range(-0.9, 0.9)]),
      ...fill(),
    }),
    () => ({
      kind: 'randomCrop',
      padding: [whole(0, height - 1), whole(0, width - 1)],
      size: pick([
        [height, width],
        [whole(1, height), whole(1, width)],
      ]),
      ...fill(),
    }),
    () => ({
      kind: 'randomErasing',
      factor: pick([
        [1, 1],
        [0, 1],
      ]),
      scale: range(0, 1),
      fillValue: pick([null, 0.3]),
      probability: probability(),
    }),
    () => ({ kind: 'cutout', size: [whole(1, height), whole(1, width)], fillValue: pick([0, 0.7]) }),
    () => ({ kind: 'randomBrightness', factor: range(-1, 1), probability: probability() }),
    () => ({ kind: 'randomContrast', factor: [within(0, 1), within(0, 1)], probability: probability() }),
  ]
  const mixing = () => ({
    kind: pick(['mixup', 'cutmix']),
    alpha: pick([0.2, 1]),
    probability: probability(),
  })
  return [
    ...Array.from({ length: whole(1, 5) }, () => pick(kinds)()),
    ...Array.from({ length: whole(0, 2) }, mixing),
  ].map((spec, i) => parseAugmentation(spec, `spec ${i}`))
}
