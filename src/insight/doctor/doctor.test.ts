import { beforeAll, describe, expect, test } from 'vitest'
import activationHeads from '../../../experiments/activation-heads.ts'
import basicVsStandard from '../../../experiments/basic-vs-standard.ts'
import conv1dEight from '../../../experiments/conv1d-eight.ts'
import threeClass from '../../../experiments/three-class.ts'
import threeClassAugmented from '../../../experiments/three-class-augmented.ts'
import threeConv from '../../../experiments/three-conv.ts'
import { soundRecipes } from '../../../test/support/sound-recipes.ts'
import { type Finding, lintExperiment, lintRules } from '../../analysis.ts'
import {
  activation,
  adam,
  batchNormalization,
  conv2d,
  createDataset,
  cutout,
  type Dataset,
  dense,
  type ExperimentSpec,
  earlyStopping,
  experiment,
  fashionMnistMini,
  flatten,
  globalAveragePooling2d,
  loadDataset,
  type ModelSpec,
  maxPooling2d,
  parseExperiment,
  randomRotation,
  relabel,
  rescaling,
  sequential,
  sgd,
  type TrainOptions,
} from '../../index.ts'
import { paceRules } from './pace.ts'

let clothes: Dataset
let three: Dataset
let color: Dataset

beforeAll(async () => {
  clothes = await loadDataset(fashionMnistMini())
  // The classes of report 003: five, four and one of the ten.
  three = await loadDataset(
    relabel(fashionMnistMini(), { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }),
  )
  const examples = {
    images: new Uint8Array(1000 * 32 * 32 * 3),
    labels: Int32Array.from({ length: 1000 }, (_, i) => i % 10),
  }
  color = createDataset({
    name: 'black images',
    classNames: clothes.classNames,
    imageShape: [32, 32, 3],
    train: examples,
    test: examples,
  })
})

/**
 * Of whole data sets in place of these small ones, so without what counts their steps: pace.test.ts holds those rules.
 */
const lint = (written: ExperimentSpec, data: Dataset): Finding[] =>
  lintExperiment(parseExperiment({ ...written }, written.name), data).filter(
    finding => !paceRules.some(({ id }) => id === finding.rule),
  )

/** `rule: layer`, of one model or of all. */
const found = (written: ExperimentSpec, data: Dataset, model?: string): string[] =>
  lint(written, data)
    .filter(finding => !model || finding.model === model)
    .map(({ rule, layer }) => (layer ? `${rule}: ${layer}` : rule))

describe('it finds, before any training, what is wrong with the five reports', () => {
  test('000: an optimizer that hardly moves, pixels as they are, validation on the test images, linear convolutions', () => {
    expect(found(conv1dEight, clothes, 'model-1')).toEqual([
      'linear-stack: conv1d',
      'linear-stack: conv1d_1',
      'dropout-before-batch-normalization: batch_normalization',
      'dropout-before-batch-normalization: batch_normalization_1',
      'pixel-range',
      'slow-optimizer',
      'validation-on-test',
    ])
  })

  test('000: models 6 and 7 have a pooling of 1', () => {
    for (const model of ['model-6', 'model-7']) {
      expect(found(conv1dEight, clothes, model)).toContain('idle-pooling: max_pooling1d_2')
    }
  })

  test('000: model 8 pools 10 of 19 steps and leaves the others out', () => {
    expect(found(conv1dEight, clothes, 'model-8')).toContain('dropped-positions: max_pooling1d')
  })

  test('001: model 2 stacks softmax and sigmoid, model 5 sigmoid, softmax and relu', () => {
    expect(found(activationHeads, clothes, 'model-2')).toEqual(
      expect.arrayContaining([
        'loss-head: dense_1',
        'stacked-heads: dense',
        'bottleneck-head: dense',
        'pixel-range',
        'linear-stack: conv1d',
      ]),
    )
    expect(found(activationHeads, clothes, 'model-5')).toEqual(
      expect.arrayContaining([
        'loss-head: dense_2',
        'stacked-heads: dense',
        'stacked-heads: dense_1',
        'bottleneck-head: dense',
        'bottleneck-head: dense_1',
      ]),
    )
  })

  test('001: model 3 squeezes all into ten numbers', () => {
    expect(found(activationHeads, clothes, 'model-3')).toContain('bottleneck-head: dense')
  })

  test('001: model 4 ends in tanh, model 5 in relu: errors, which name the fix', () => {
    const findings = lintExperiment(activationHeads, clothes)
    const head = (model: string): Finding =>
      findings.find(finding => finding.model === model && finding.rule === 'loss-head')!
    expect(head('model-4')).toMatchObject({
      severity: 'error',
      layer: 'dense',
      message:
        'categoricalCrossentropy takes the outputs of "dense" for probabilities, but its activation is tanh. They are from -1 ' +
        'to 1: rows with a negative sum turn the order of the classes around.',
      fix: "Give the last layer activation: 'softmax', or none and the loss fromLogits: true.",
    })
    expect(head('model-5').message).toContain('a unit that is zero for every image never learns again')
    expect(findings.some(({ model, rule }) => model === 'model-1' && rule === 'loss-head')).toBe(false)
  })

  test('002: the test images are the validation data, and nothing else', () => {
    expect(found(basicVsStandard, clothes)).toEqual(['validation-on-test', 'validation-on-test'])
  })

  test('003: model 1 has ten outputs for three classes', () => {
    expect(found(threeClass, three, 'model-1')).toEqual([
      'outputs-unlike-classes: dense_1',
      'validation-on-test',
      'unbalanced-classes',
    ])
  })

  test('003: models 2 to 6 apply softmax twice', () => {
    for (const model of ['model-2', 'model-3', 'model-4', 'model-5', 'model-6']) {
      expect(found(threeClass, three, model)).toContain('loss-head: dense_1')
    }
    const [first] = lintExperiment(threeClass, three).filter(({ model }) => model === 'model-2')
    expect(first!.message).toBe(
      "The loss has fromLogits: true and applies a softmax on top of the head's: with 3 classes it cannot fall below " +
        '0.5514, and its gradients are small.',
    )
  })

  test('003: augmentation turns clothes upside down', () => {
    expect(found(threeClassAugmented, three, 'model-2')).toContain('augmentation-unlike-test')
  })

  test('004 is sound: its report only lacks its results', () => {
    expect(found(threeConv, clothes)).toEqual([])
  })
})

describe('it has nothing to say about', () => {
  test('fifteen recipes and more', () => expect(soundRecipes.length).toBeGreaterThanOrEqual(15))

  test.each(soundRecipes.map(recipe => [recipe.name, recipe] as const))('%s', (_, recipe) => {
    expect(lint(recipe, recipe.data.kind === 'imageFolder' ? color : clothes)).toEqual([])
  })
})

const convolution = (options: Partial<Parameters<typeof conv2d>[0]> = {}) =>
  conv2d({ filters: 8, kernelSize: 3, activation: 'relu', ...options })
const softmax = dense({ units: 10, activation: 'softmax' })
const sound = sequential([convolution(), flatten(), softmax])

const alone = (model: ModelSpec, train: Partial<TrainOptions> = {}): ExperimentSpec =>
  experiment({
    name: 'one',
    data: fashionMnistMini(),
    models: { model },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', ...train },
  })

describe('each rule, by a case that the reports do not have', () => {
  test.each<readonly [string, ModelSpec, Partial<TrainOptions>, string, string]>([
    [
      'loss-head: dense',
      sequential([flatten(), dense({ units: 10 })]),
      {},
      'of any sign: a negative one is clipped, and what is clipped has no gradient',
      'fromLogits: true',
    ],
    [
      'loss-head: dense',
      sequential([flatten(), dense({ units: 10, activation: 'tanh' })]),
      { loss: { kind: 'categoricalCrossentropy', fromLogits: true } as never },
      'no class can be given a probability above 0.45',
      'Remove the activation of the last layer',
    ],
    [
      'loss-head: dense',
      sequential([flatten(), softmax]),
      { loss: 'binaryCrossentropy' },
      'The head is a softmax, but binaryCrossentropy belongs to a sigmoid',
      'use categoricalCrossentropy',
    ],
    [
      'linear-stack: dense',
      sequential([flatten(), dense({ units: 64 }), softmax]),
      {},
      'There is no activation between "dense" and "dense_1": together they are one linear layer.',
      'Give "dense" activation: \'relu\'.',
    ],
    [
      'kernel-against-image: conv2d_1',
      sequential([convolution({ strides: 3 }), convolution({ kernelSize: 7 }), flatten(), softmax]),
      {},
      'The windows of "conv2d_1" are 7 long on an input of 9.',
      'two of 3 see as far as one of 5',
    ],
    [
      'receptive-field: global_average_pooling2d',
      sequential([convolution(), convolution(), globalAveragePooling2d(), softmax]),
      {},
      'What "global_average_pooling2d" pools has seen 5 × 5 of 28 × 28 pixels: less than half.',
      'Add convolutions or poolings',
    ],
    [
      'dropped-positions: max_pooling2d',
      sequential([convolution(), maxPooling2d({ poolSize: 14 }), flatten(), softmax]),
      {},
      '"max_pooling2d" looks at 14 of 26 rows: its windows of 14 leave 12 out.',
      "padding: 'same'",
    ],
    [
      'pixel-range: rescaling',
      sequential([rescaling({ scale: 1 / 255 }), flatten(), softmax]),
      {},
      'Pixels are from 0 to 1 already, and "rescaling" makes them smaller again.',
      "set pixelRange: 'raw'",
    ],
    [
      'slow-optimizer',
      sound,
      { optimizer: sgd({ learningRate: 1e-4 }) },
      'sgd with a learning rate of 0.0001 is known to be slow',
      'Use adam()',
    ],
    [
      'validation-on-test',
      sound,
      { validationData: 'test', callbacks: [earlyStopping()] },
      'earlyStopping chooses the epoch by the test images.',
      'validationSplit: 0.1',
    ],
    [
      'idle-augmentation',
      sound,
      { augmentation: [cutout({ size: 8, probability: 0 })] },
      'augmentation[0], cutout, never changes an image: its probability is 0.',
      'give it a range',
    ],
    [
      'idle-augmentation',
      sound,
      { augmentation: [randomRotation({ factor: 0 })] },
      'augmentation[0], randomRotation, never changes an image: its range is 0.',
      'give it a range',
    ],
    [
      'augmentation-unlike-test',
      sound,
      { augmentation: [randomRotation({ factor: 0.5 })] },
      'randomRotation turns training images upside down or by more than a quarter',
      'randomRotation({ factor: 0.1 })',
    ],
  ])('%s', (which, model, train, message, fix) => {
    const findings = lintExperiment(alone(model, train), clothes)
    const named = findings.map(({ rule, layer }) => (layer ? `${rule}: ${layer}` : rule))
    expect(named).toEqual([which])
    expect(findings[0]!.message).toContain(message)
    expect(findings[0]!.fix).toContain(fix)
  })

  test('raw pixels are an error, and a warning where a normalization follows the first weights', () => {
    const severity = (...between: Parameters<typeof sequential>[0]): string | undefined =>
      lintExperiment(
        alone(
          sequential([
            conv2d({ filters: 8, kernelSize: 3 }),
            ...between,
            flatten(),
            dense({ units: 10, activation: 'softmax' }),
          ]),
          { pixelRange: 'raw' },
        ),
        clothes,
      ).find(({ rule }) => rule === 'pixel-range')?.severity
    expect(severity(maxPooling2d(), batchNormalization())).toBe('warning')
    expect(severity(maxPooling2d())).toBe('error')
    expect(severity(conv2d({ filters: 8, kernelSize: 3 }), batchNormalization())).toBe('error')
    expect(severity(activation({ activation: 'tanh' }), batchNormalization())).toBe('error')
  })

  test('momentum makes a small rate large: 0.001 with 0.9 moves as 0.01 without', () => {
    const slow = (momentum: number): boolean =>
      lintExperiment(alone(sound, { optimizer: sgd({ learningRate: 0.001, momentum }) }), clothes).some(
        ({ rule }) => rule === 'slow-optimizer',
      )
    expect([slow(0), slow(0.9)]).toEqual([true, false])
  })

  test('a class without images', () => {
    const none = createDataset({
      ...clothes,
      train: { ...clothes.train, labels: clothes.train.labels.map(label => (label === 8 ? 6 : label)) },
    })
    const [finding] = lintExperiment(alone(sound), none).filter(({ rule }) => rule === 'unbalanced-classes')
    expect(finding!.message).toBe('Shirt has 300 training images, Bag 0.')
    expect(finding!.fix).toBe('Add images of Bag, or leave the class out with relabel().')
  })
})

describe('how images are divided', () => {
  /** The images of the mini set with these labels, made of their first and its others. */
  const withLabels = (train: Int32Array, test = clothes.test.labels): Dataset =>
    createDataset({
      ...clothes,
      train: { ...clothes.train, labels: train },
      test: { ...clothes.test, labels: test },
    })
  const findings = (data: Dataset, train: Partial<TrainOptions>) =>
    lintExperiment(alone(sound, train), data)
      .filter(({ rule }) => rule !== 'unbalanced-classes')
      .map(({ rule, severity, message }) => `${severity} ${rule}: ${message}`)
  const sorted = (): Int32Array => clothes.train.labels.toSorted()

  test('sorted images are split fairly unless Keras’ rule is asked for', () => {
    expect(findings(withLabels(sorted()), { validationSplit: 0.2 })).toEqual([])
    expect(findings(withLabels(sorted()), { validationSplit: 0.2, stratify: false })).toEqual([
      'error classes-missing: The training images lack the classes Bag and Ankle boot. The network cannot learn them.',
      'warning classes-missing: The validation images lack the classes T-shirt/top, Trouser, Pullover, Dress, Coat and 3 more. ' +
        'Validation accuracy and loss say nothing about them.',
    ])
    expect(findings(withLabels(sorted()), { validationSplit: 0.05, stratify: false })).toEqual([
      'error classes-missing: The validation images lack the classes T-shirt/top, Trouser, Pullover, Dress, Coat and 4 more: ' +
        'they are all of one class. Validation accuracy and loss say nothing about them.',
    ])
  })

  test('a class of few training images, or without test images', () => {
    const labels = sorted().map((label, i) => (label === 9 && i < 1495 ? 8 : label))
    const data = withLabels(
      labels,
      clothes.test.labels.map(label => (label === 2 ? 3 : label)),
    )
    expect(findings(data, { validationSplit: 0.2 })).toEqual([
      'warning classes-missing: The test images lack the class Pullover. Test accuracy says nothing about it.',
      'warning small-classes: The class Ankle boot has 4 training images.',
    ])
  })

  test('one class, and a split that cannot be made', () => {
    expect(findings(withLabels(new Int32Array(1500)), {})[0]).toMatch(
      /^error one-class: All 1500 training images of fashion-mnist-mini are of one class, "T-shirt\/top": the network would always/,
    )
    expect(findings(clothes, { validationSplit: 0.2, validationData: 'test' })).toContain(
      'error validation-split: Give either validationSplit or validationData: "test", not both.',
    )
  })
})

test('each rule has a name of its own and says why', () => {
  expect(new Set(lintRules.map(({ id }) => id)).size).toBe(lintRules.length)
  for (const { id, why } of lintRules) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/)
    expect(why).toMatch(/\.$/)
  }
})
