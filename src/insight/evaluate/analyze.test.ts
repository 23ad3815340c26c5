import { beforeAll, describe, expect, test } from 'vitest'
import { analyze } from '../../analysis.ts'
import {
  adam,
  createNetwork,
  type Dataset,
  dense,
  dropout,
  fashionMnistMini,
  fit,
  flatten,
  loadDataset,
  type Network,
  sequential,
  trainSpec,
} from '../../index.ts'
import type { ModelEvaluation } from '../../protocol/evaluation.ts'

const spec = trainSpec({
  optimizer: adam(),
  loss: 'sparseCategoricalCrossentropy',
  epochs: 12,
  validationSplit: 0.2,
})

let data: Dataset
let network: Network
let evaluation: ModelEvaluation
beforeAll(async () => {
  data = await loadDataset(fashionMnistMini())
  network = createNetwork(
    sequential([
      flatten(),
      dense({ units: 64, activation: 'relu' }),
      dropout({ rate: 0.6 }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
    { inputShape: data.imageShape, seed: 1 },
  )
  const history = await fit(network, data, { ...spec, seed: 1 })
  const training = { spec, seed: 1, runningAccuracy: history.accuracy!.at(-1)! }
  evaluation = await analyze(network, data, { training, topK: [2] })
})

test('it survives JSON', () => {
  expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation)
})

test('robustness: five strengths of six kinds, and less is right the more is spoilt', () => {
  expect(evaluation.robustness.length).toBe(6)
  for (const { accuracies } of evaluation.robustness) {
    expect(accuracies.length).toBe(5)
    expect(accuracies[0]).toBeGreaterThan(accuracies[4]!)
    expect(accuracies[0]).toBeLessThanOrEqual(evaluation.accuracy + 0.02)
  }
})

test('curves end in their corners and have few points', () => {
  for (const { roc, precisionRecall } of evaluation.curves) {
    expect([roc!.x[0], roc!.y[0], roc!.x.at(-1), roc!.y.at(-1)]).toEqual([0, 0, 1, 1])
    expect(precisionRecall!.x.at(-1)).toBe(1)
    expect(roc!.x.length).toBeLessThan(150)
  }
})

describe('report 000 took a running mean for a fit', () => {
  test('training images are looked at again with dropout off, and the running mean is told apart', () => {
    const { generalization } = evaluation
    if ('refused' in generalization) throw new Error(generalization.refused)
    expect(generalization.trainImages).toBe(Math.floor(data.train.labels.length * 0.8))
    expect(generalization.trainAccuracy).toBeGreaterThan(generalization.runningAccuracy! + 0.02)
    expect(generalization.sentence).toMatch(
      /^Overfitting: training images are recognised \d+\.\d points more often than test images \(\d\d\.\d and \d\d\.\d %, dropout off\)\. The \d\d\.\d % that the last epoch shows is a mean while weights were changing and dropout was on: it is not to be compared with the test\.$/,
    )
  })

  test('dropout is mentioned only if the model has it', async () => {
    const plain = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
    const fresh = createNetwork(plain, { inputShape: data.imageShape, seed: 3 })
    const training = { spec, seed: 1, runningAccuracy: 1 }
    const { generalization } = await analyze(fresh, data, { training, robustness: false })
    expect(generalization).toMatchObject({
      sentence: expect.stringMatching(
        /^((?!dropout).)* The 100\.0 % that the last epoch shows is a mean while weights were changing: it is not((?!dropout).)*$/,
      ),
    })
  })

  test('an untrained network has no sign of it', async () => {
    const fresh = createNetwork(network.model.spec, { inputShape: data.imageShape, seed: 3 })
    const training = { spec, seed: 1, runningAccuracy: null }
    const { generalization, topK } = await analyze(fresh, data, { training, robustness: false })
    expect(generalization).toMatchObject({ sentence: expect.stringMatching(/^No sign of overfitting: /) })
    expect(Object.keys(topK)).toEqual(['2', '3'])
  })
})

test('with few test images there is no all-clear', async () => {
  const few = { ...data, test: data.test.first(12) }
  const training = { spec, seed: 1, runningAccuracy: null }
  const { generalization } = await analyze(network, few, { training, robustness: false })
  expect(generalization).toMatchObject({
    sentence: expect.stringMatching(
      /^(Overfitting|Not sure about overfitting: training images are recognised \d+\.\d points more often \(.*\), but with 12 test images the difference can be anything from -?\d+\.\d to \d+\.\d points)/,
    ),
  })
})

describe('the temperature', () => {
  test('is fitted on the validation images and makes the test images cost less', () => {
    const { tempered, calibration } = evaluation
    if ('refused' in tempered || 'refused' in calibration) throw new Error('refused')
    expect(tempered.fittedOn).toBe(data.train.labels.length - Math.floor(data.train.labels.length * 0.8))
    expect(tempered.temperature).toBeGreaterThan(0.5)
    expect(tempered.calibration.logLoss).toBeLessThanOrEqual(calibration.logLoss + 0.01)
  })

  test.each([
    [
      'without validation images',
      { validationSplit: 0 },
      'The run held no validation images out (validationSplit): a temperature cannot be fitted without touching the test images.',
    ],
    [
      'on the test images',
      { validationSplit: 0, validationData: 'test' as const },
      'The validation images of the run are the test images: a temperature that is fitted on them would flatter itself.',
    ],
  ])('is refused %s', async (_, options, refused) => {
    const training = { spec: trainSpec({ ...spec, ...options }), seed: 1, runningAccuracy: null }
    const { tempered } = await analyze(network, data, { training, robustness: false })
    expect(tempered).toEqual({ refused })
  })
})

test('a model file alone has neither loss nor training images', async () => {
  const { loss, generalization } = await analyze(network, data, { robustness: false })
  expect(loss).toBeNull()
  expect(generalization).toEqual({ refused: 'A model file does not tell which images it was trained on.' })
})
