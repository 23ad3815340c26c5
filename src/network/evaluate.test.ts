import { describe, expect, test } from 'vitest'
import { backends } from '../../test/support/engines.ts'
import { HeddleError, UsageError } from '../base/errors.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistPreparation, preparation, prepare } from '../data/preparation.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { sequential } from '../model/graph.ts'
import { averagePooling2d, dense, dropout, flatten } from '../nn/layers/index.ts'
import { evaluate } from './evaluate.ts'
import { createNetwork, type Network } from './network.ts'
import { createPredictor, outputsOf, predict } from './predict.ts'

const mini: Dataset = await loadDataset(fashionMnistMini())
const loss = 'sparseCategoricalCrossentropy'

const examples = mini.test.first(77)

const networkOn = (backend: Backend): Network =>
  createNetwork(
    sequential([
      averagePooling2d({ poolSize: 4 }),
      flatten(),
      dropout({ rate: 0.9 }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
    { inputShape: mini.imageShape, seed: 3, backend },
  )

describe.each(backends)('on the %s backend', (_, backend) => {
  const network = networkOn(backend)

  test('rows of predictions are probabilities, and say what evaluate() says', async () => {
    const rows = await outputsOf(network, examples.images)
    expect(rows).toHaveLength(77 * 10)
    const named = await predict(network, examples.images)
    let [correct, total] = [0, 0]
    for (let i = 0; i < 77; i++) {
      const row = rows.subarray(i * 10, (i + 1) * 10)
      expect(row.every(p => p >= 0 && p <= 1)).toBe(true)
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
      const label = examples.labels[i]!
      const top = row.indexOf(Math.max(...row))
      expect(named[i]).toEqual({
        class: top,
        className: String(top),
        probability: row[top],
        probabilities: row,
      })
      if (row.indexOf(Math.max(...row)) === label) correct++
      total -= Math.log(row[label]!)
    }
    const measured = await evaluate(network, examples, { loss })
    expect(measured.accuracy).toBeCloseTo(correct / 77, 12)
    expect(measured.loss).toBeCloseTo(total / 77, 5)
  })

  test('the size of batches changes neither, a partial last one included', async () => {
    const [rows, measured] = [
      await outputsOf(network, examples.images),
      await evaluate(network, examples, { loss }),
    ]
    for (const batchSize of [1, 10, 77, 500]) {
      const again = await outputsOf(network, examples.images, { batchSize })
      again.forEach((p, i) => {
        expect(Math.abs(p - rows[i]!)).toBeLessThan(1e-6)
      })
      const { loss: mean, accuracy } = await evaluate(network, examples, { loss, batchSize })
      expect(mean).toBeCloseTo(measured.loss, 6)
      expect(accuracy).toBeCloseTo(measured.accuracy, 12)
    }
  })

  test('dropout is off: a second look sees the same', async () => {
    expect(await outputsOf(network, examples.images)).toEqual(await outputsOf(network, examples.images))
  })

  test('a predictor answers again and again, into the same numbers where asked to, and keeps the weights it was made with', async () => {
    const all = await outputsOf(network, examples.images)
    const predictor = createPredictor(network)
    const size = all.length / examples.labels.length
    const into = new Float32Array(size)
    for (const i of [3, 0, 3]) {
      const image = examples.images.subarray(i * 784, (i + 1) * 784)
      expect(await predictor.outputs(image, into)).toBe(into)
      expect(into).toEqual(all.subarray(i * size, (i + 1) * size))
    }
    await expect(predictor.outputs(examples.images, into)).rejects.toThrow(
      /need room for \d+ × \d+ outputs, received/,
    )
  })

  test('calls that overlap are answered one after the other, also after one that fails', async () => {
    const predictor = createPredictor(network, { batchSize: 4 })
    const image = (i: number) => examples.images.subarray(i * 784, (i + 1) * 784)
    const [first, , all] = await Promise.all([
      predictor.predict(image(0)),
      expect(predictor.outputs(image(1), new Float32Array(1))).rejects.toThrow(/need room/),
      predictor.predict(examples.images),
    ])
    expect(all).toEqual(await predict(network, examples.images))
    expect(first).toEqual(all.slice(0, 1))
  })

  test('a picture of any size is prepared as those of the training were', async () => {
    const levels = Uint8Array.from({ length: 40 * 30 * 4 }, (_, i) => (i * 2654435761) >>> 24)
    const picture = { width: 40, height: 30, channels: 4, levels } as const
    const predictor = createPredictor(network)
    for (const declared of [null, fashionMnistPreparation]) {
      network.about = { ...network.about, preparation: declared }
      const { bytes } = prepare(
        picture,
        declared ?? preparation({ colorMode: 'grayscale', imageSize: [28, 28] }),
      )
      expect([await predictor.predictPicture(picture)]).toEqual(await predict(network, bytes))
    }
    const flat = createNetwork(sequential([dense({ units: 2 })]), { inputShape: [5], backend })
    await expect(createPredictor(flat).predictPicture(picture)).rejects.toThrow(
      new UsageError('The network takes 5, and a picture has 1 or 3 channels.'),
    )
  })

  test('no images make no predictions', async () => {
    expect(await outputsOf(network, new Uint8Array(0))).toEqual(new Float32Array(0))
  })

  test('what cannot be measured is refused', async () => {
    const nothing = { images: new Uint8Array(0), labels: new Int32Array(0) }
    await expect(evaluate(network, nothing, { loss })).rejects.toThrow(
      new HeddleError('There are no examples to evaluate on.'),
    )
    await expect(predict(network, new Uint8Array(785))).rejects.toThrow(
      new HeddleError('785 bytes do not make whole images of 28 × 28 × 1 (784 bytes each).'),
    )
    for (const batchSize of [0, 1.5, -1]) {
      const message = `batchSize must be a whole number of at least 1, not ${batchSize}.`
      await expect(evaluate(network, examples, { loss, batchSize })).rejects.toThrow(new UsageError(message))
      await expect(predict(network, examples.images, { batchSize })).rejects.toThrow(new UsageError(message))
    }
    const fewer = { ...examples, labels: examples.labels.subarray(1) }
    await expect(evaluate(network, fewer, { loss })).rejects.toThrow(
      '77 images need as many labels, received 76.',
    )
    const outside = { ...examples, labels: examples.labels.with(4, 12) }
    await expect(evaluate(network, outside, { loss })).rejects.toThrow('xample 4 has the label 12')
  })
})
