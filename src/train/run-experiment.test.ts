import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { engine } from '../../test/support/engines.ts'
import { tinyData } from '../../test/support/tiny-training.ts'
import { createDataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { evaluate } from '../network/evaluate.ts'
import type { Network } from '../network/network.ts'
import { outputsOf } from '../network/predict.ts'
import { predictionsOf } from '../network/predictions.ts'
import { fitTemperature } from '../network/temperature.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { sgd } from '../nn/optimizers/index.ts'
import { modelCheckpoint } from './callbacks/model-checkpoint.ts'
import { experiment } from './experiment.ts'
import { trainSpec } from './options.ts'
import { planExperiment, runExperiment } from './run-experiment.ts'
import { sidesOf } from './sides.ts'

test('the final test of a run reads the test images as the training read its own: pixelRange, loss, topK', async () => {
  const data = await loadDataset(fashionMnistMini())
  const loss = sparseCategoricalCrossentropy()
  const raw = experiment({
    name: 'raw',
    data: fashionMnistMini(),
    models: { m: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: sgd({ learningRate: 1e-6 }), loss, batchSize: 64, pixelRange: 'raw', topK: 2 },
  })
  let network: Network | undefined
  const { models } = await runExperiment(raw, data, {
    seeds: [3],
    backend: engine,
    onRun: (_model, _run, trained) => {
      network = trained
    },
  })
  const tested = models[0]!.runs[0]!.test
  expect(tested).toEqual(
    await evaluate(network!, data.test, { loss, batchSize: 64, topK: 2, pixelRange: 'raw' }),
  )
  const asUnit = await evaluate(network!, data.test, { loss, batchSize: 64, topK: 2, pixelRange: 'unit' })
  expect(tested.loss).not.toBeCloseTo(asUnit.loss, 2)
})

test('a run fits the temperature of its network on its validation images, and none on the test images', async () => {
  const data = await loadDataset(fashionMnistMini())
  const networks: Network[] = []
  const trained = async (validation: { validationSplit: number } | { validationData: 'test' }) => {
    const loss = sparseCategoricalCrossentropy({ fromLogits: true })
    const train = { optimizer: sgd(), loss, batchSize: 64, ...validation }
    const models = { m: sequential([flatten(), dense({ units: 10 })]) }
    const one = experiment({ name: 'one', data: fashionMnistMini(), models, train })
    await runExperiment(one, data, {
      seeds: [3],
      backend: engine,
      onRun: (_model, _run, network) => void networks.push(network),
    })
  }
  await trained({ validationSplit: 0.25 })
  await trained({ validationData: 'test' })
  const [held, onTest] = networks as [Network, Network]
  expect(onTest.about.temperature).toBeNull()
  const { loss } = held.about
  const spec = trainSpec({ optimizer: sgd(), loss: loss!, validationSplit: 0.25 })
  const { examples, indices } = sidesOf(spec, data, 3).validation!
  const { images, labels } = examples.take(indices)
  const outputs = await outputsOf(held, images, { batchSize: 64 })
  const wanted = fitTemperature(predictionsOf({ outputs, labels, classNames: data.classNames, loss }))
  expect(held.about.temperature).toBeCloseTo(wanted, 4)
})

test('data without test images is refused before training', async () => {
  const { train, imageShape, classNames } = await loadDataset(fashionMnistMini())
  const test = { images: new Uint8Array(0), labels: new Int32Array(0) }
  const data = createDataset({ name: 'untested', imageShape, classNames, train, test })
  const model = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
  const asked = experiment({
    name: 'e',
    data: fashionMnistMini(),
    models: { model },
    train: { optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' },
  })
  let steps = 0
  const running = runExperiment(asked, data, { seeds: [1], backend: engine, onEvent: () => steps++ })
  await expect(running).rejects.toThrow('untested has no test images: no model can be tested.')
  expect(steps).toBe(0)
})

test('a file of any epoch of any run that exists is refused before the first run is trained', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const saving = experiment({
    name: 'e',
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 2, activation: 'softmax' })]) },
    train: {
      optimizer: 'sgd',
      loss: 'sparseCategoricalCrossentropy',
      epochs: 3,
      batchSize: 5,
      callbacks: [modelCheckpoint({ path: join(folder, '{seed}-after-{epoch}') })],
    },
  })
  const plan = () => planExperiment(saving, tinyData, { seeds: [1, 2] })
  writeFileSync(join(folder, '2-after-4'), 'of no epoch')
  expect(plan().models).toHaveLength(1)
  writeFileSync(join(folder, '2-after-3'), 'mine')
  expect(plan).toThrow(/2-after-3 exists and is not overwritten; nothing was trained/)
})
