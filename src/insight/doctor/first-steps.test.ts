import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import activationHeads from '../../../experiments/activation-heads.ts'
import conv1dEight from '../../../experiments/conv1d-eight.ts'
import threeClass from '../../../experiments/three-class.ts'
import threeConv from '../../../experiments/three-conv.ts'
import { soundRecipes } from '../../../test/support/sound-recipes.ts'
import { type Finding, firstStepsRules, lintFirstSteps } from '../../analysis.ts'
import {
  adam,
  createDataset,
  createNetwork,
  type Dataset,
  dense,
  type ExperimentSpec,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  type ModelSpec,
  pretrained,
  relabel,
  saveModel,
  sequential,
  sgd,
  type TrainOptions,
} from '../../index.ts'
import type { LearningRate } from '../../nn/schedules/schedule.ts'

let clothes: Dataset
let three: Dataset
let color: Dataset

beforeAll(async () => {
  clothes = await loadDataset(fashionMnistMini())
  three = await loadDataset(
    relabel(fashionMnistMini(), { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }),
  )
  const { classNames, train, test } = clothes
  color = createDataset({
    name: 'clothes in colour',
    classNames,
    imageShape: [32, 32, 3],
    train: { ...train, images: inColor(train.images) },
    test: { ...test, images: inColor(test.images) },
  })
})

/** Grey images of 28 × 28 in the middle of 32 × 32 × 3. */
function inColor(images: Uint8Array): Uint8Array {
  const colored = new Uint8Array((images.length / 784) * 32 * 32 * 3)
  images.forEach((byte, i) => {
    const [image, y, x] = [Math.floor(i / 784), Math.floor((i % 784) / 28), i % 28]
    const to = ((image * 32 + y + 2) * 32 + x + 2) * 3
    colored.fill(byte, to, to + 3)
  })
  return colored
}

const only = (written: ExperimentSpec, model: string): ExperimentSpec => ({
  ...written,
  models: { [model]: written.models[model]! },
})
const names = (findings: readonly Finding[]): string[] =>
  findings.map(({ rule, layer }) => (layer ? `${rule}: ${layer}` : rule))

describe('the first steps of the reports', () => {
  test('000: the loss is above that of guessing, for the optimizer hardly moves', async () => {
    const findings = await lintFirstSteps(only(conv1dEight, 'model-8'), clothes, { steps: 50 })
    expect(names(findings)).toEqual(['loss-above-chance'])
    expect(findings[0]!.message).toMatch(
      /^After 50 steps the loss is \d\.\d\d; guessing has a loss of 2\.30\.$/,
    )
  })

  test('001, tanh: gradients explode, images are pinned at the clip, outputs add up to less than 0', async () => {
    const findings = await lintFirstSteps(only(activationHeads, 'model-4'), clothes, { steps: 50 })
    expect(names(findings)).toEqual([
      'exploding-gradients: dense',
      'loss-above-chance',
      'clipped-samples: dense',
    ])
    expect(findings[0]!.message).toMatch(
      /^The gradient of "dense" \(and of "conv1d"\) is \d+ times as long as its weights\.$/,
    )
    expect(findings[2]!.message).toMatch(
      /^After 50 steps the label's probability is pinned at the clip for \d\d % of the images; the outputs of \d\d % add up to less than 0\.$/,
    )
  })

  test('001, relu behind softmax behind sigmoid: dead outputs, and soon a row of zeros without a loss', async () => {
    const findings = await lintFirstSteps(only(activationHeads, 'model-5'), clothes)
    expect(names(findings)).toEqual(['loss-not-finite', 'clipped-samples: dense_2'])
    expect(findings[0]!.message).toMatch(
      /^Training stopped at step \d+ .* has no loss: all outputs of the last layer are zero, and the loss divides them by their sum/,
    )
    const before = await lintFirstSteps(only(activationHeads, 'model-5'), clothes, { steps: 2 })
    expect(names(before)).toContain('dead-units: dense_2')
    expect(before[0]!.message).toMatch(
      /^After 2 steps \d of the 10 units of "dense_2" are zero for all of 128 training images: these classes can never be predicted\.$/,
    )
  })

  test('003 and 004 learn', async () => {
    for (const model of ['model-1', 'model-3'])
      expect(await lintFirstSteps(only(threeClass, model), three, { steps: 50 })).toEqual([])
    expect(await lintFirstSteps(only(threeConv, 'reported'), clothes, { steps: 50 })).toEqual([])
  })
})

const softmax = dense({ units: 10, activation: 'softmax' })
const alone = (model: ModelSpec, train: Partial<TrainOptions> = {}): ExperimentSpec =>
  experiment({
    name: 'one',
    data: fashionMnistMini(),
    models: { model },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', ...train },
  })

describe('each rule, by a case that the reports do not have', () => {
  test('dead-units: a layer that a large rate has killed', async () => {
    const model = sequential([flatten(), dense({ units: 32, activation: 'relu' }), softmax])
    const findings = await lintFirstSteps(alone(model, { optimizer: sgd({ learningRate: 20 }) }), clothes)
    const [dead] = findings.filter(({ rule }) => rule === 'dead-units')
    expect(dead).toMatchObject({ severity: 'error', layer: 'dense' })
    expect(dead!.message).toBe(
      'After 100 steps 32 of the 32 units of "dense" are zero for all of 128 training images.',
    )
  })

  test('vanishing-gradients: sigmoid upon sigmoid', async () => {
    const sigmoid = dense({ units: 32, activation: 'sigmoid' })
    const model = sequential([flatten(), ...Array<typeof sigmoid>(9).fill(sigmoid), softmax])
    const findings = await lintFirstSteps(alone(model), clothes, { steps: 10 })
    expect(names(findings)).toContain('vanishing-gradients: dense_1')
    expect(names(findings)).not.toContain('vanishing-gradients: dense_8')
  })

  test('vanishing-gradients: nothing passes layers of zeros', async () => {
    const zeros = { kernelInitializer: 'zeros' } as const
    const model = sequential([
      flatten(),
      dense({ units: 32, activation: 'tanh' }),
      dense({ units: 32, activation: 'tanh', ...zeros }),
      dense({ units: 10, activation: 'softmax', ...zeros }),
    ])
    const [finding] = await lintFirstSteps(alone(model), clothes, { steps: 5 })
    expect(finding!.message).toBe('No gradient at all reaches "dense".')
  })

  test('accuracy-below-chance: labels that say the opposite from step to step', async () => {
    // Each image was seen with the other of two labels just before.
    const images = new Uint8Array(64 * 4).fill(255)
    const labels = Int32Array.from({ length: 64 }, (_, i) => i % 2)
    const turning = createDataset({
      name: 'turning',
      classNames: ['a', 'b'],
      imageShape: [2, 2, 1],
      train: { images, labels },
      test: { images, labels },
    })
    const model = sequential([flatten(), dense({ units: 2, activation: 'softmax' })])
    const spec = alone(model, { optimizer: sgd({ learningRate: 5 }), batchSize: 1, shuffle: false })
    const findings = await lintFirstSteps(spec, turning, { steps: 64 })
    expect(names(findings)).toContain('accuracy-below-chance')
  })
})

describe('it has nothing to say about the first steps of', () => {
  test.each(soundRecipes.map(recipe => [recipe.name, recipe] as const))(
    '%s',
    async (_, recipe) => {
      const quick = { ...recipe, train: quickened(recipe.train) }
      const data = recipe.data.kind === 'imageFolder' ? color : clothes
      expect(await lintFirstSteps(quick, data, { steps: 16 })).toEqual([])
    },
    30_000,
  )
})

/** With batches of 16, so that all of it takes seconds. A rate of sgd belongs to its batch size: it falls with it. */
function quickened<T extends TrainOptions>(train: T): T {
  const { optimizer, batchSize = 32 } = train
  const ratio = 16 / batchSize
  const isSgd = typeof optimizer === 'object' && optimizer.kind === 'sgd'
  return {
    ...train,
    batchSize: 16,
    ...(isSgd && { optimizer: { ...optimizer, learningRate: scaled(optimizer.learningRate, ratio) } }),
  }
}

function scaled(rate: LearningRate, ratio: number): LearningRate {
  if (typeof rate === 'number') return ratio * rate
  if (rate.kind === 'piecewiseConstantDecay') return { ...rate, values: rate.values.map(x => ratio * x) }
  return { ...rate, initialLearningRate: ratio * rate.initialLearningRate }
}

test('layers of a file that stay as they are, and a second phase: nothing is found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const hidden = dense({ units: 64, activation: 'relu', kernelRegularizer: 'l2' })
  const out = dense({ units: 10, activation: 'softmax' })
  const backbone = createNetwork(sequential([flatten(), hidden, out]), { inputShape: [28, 28, 1], seed: 1 })
  await saveModel(backbone, join(folder, 'backbone.safetensors'))
  const written = experiment({
    name: 'transfer',
    data: fashionMnistMini(),
    models: { transfer: sequential([pretrained({ file: 'backbone.safetensors' }), out]) },
    train: {
      optimizer: adam({ learningRate: 0.01 }),
      loss: 'sparseCategoricalCrossentropy',
      batchSize: 16,
      epochs: 3,
      fineTuning: { after: 2, unfreeze: 1, learningRate: 1e-3 },
    },
  })
  expect(await lintFirstSteps(written, clothes, { steps: 50, baseDir: folder })).toEqual([])
})

test('each rule has a name of its own and says why', () => {
  expect(new Set(firstStepsRules.map(({ id }) => id)).size).toBe(firstStepsRules.length)
  for (const { id, why } of firstStepsRules) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/)
    expect(why).toMatch(/\.$/)
  }
})
