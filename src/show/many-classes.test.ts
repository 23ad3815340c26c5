import { expect, test } from 'vitest'
import { createDataset } from '../data/dataset.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { analyze } from '../insight/evaluate/analyze.ts'
import { sequential } from '../model/graph.ts'
import { createNetwork } from '../network/network.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { evaluationSection } from './evaluation-section.ts'
import { sectionText } from './section-text.ts'

const COUNT = 1_000
const labels = Int32Array.from({ length: COUNT }, (_, i) => i)
const images = Uint8Array.from({ length: 4 * COUNT }, (_, i) => (i * 37) % 256)
const data = createDataset({
  name: 'many',
  classNames: Array.from(labels, label => `class ${label}`),
  imageShape: [2, 2, 1],
  train: { images, labels },
  test: { images, labels },
})

test('1,000 classes: a page of text, JSON below 2 MB, and every cell of the matrix in it', async () => {
  const model = sequential([flatten(), dense({ units: COUNT, activation: 'softmax' })])
  const network = createNetwork(model, {
    inputShape: data.imageShape,
    seed: 1,
    backend: chooseBackend('auto'),
  })
  const evaluation = await analyze(network, data, { robustness: false, worst: 10 })
  const text = sectionText(evaluationSection(evaluation))
  expect(text.length).toBeLessThan(20_000)
  expect(text.split('\n').length).toBeLessThan(120)
  expect(text).toContain('The confusion matrix of 1000 classes is left out')
  expect(text).toContain(
    'The table shows the 10 with the lowest and the 10 with the highest recall, out of 1000 classes',
  )
  expect(evaluation.confusion).toBe(null)
  expect(evaluation.confusionCells!.reduce((sum, [, , count]) => sum + count, 0)).toBe(COUNT)
  expect(evaluation.curves.length).toBe(20)
  expect(JSON.stringify(evaluation, null, 2).length).toBeLessThan(2e6)
})
