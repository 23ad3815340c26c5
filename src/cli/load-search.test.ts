import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sequential } from '../model/graph.ts'
import { createNetwork } from '../network/network.ts'
import { saveModel } from '../network/saved-model.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { loadSearch } from './load-search.ts'

const folder = mkdtempSync(join(tmpdir(), 'heddle-load-search-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a search reads the file that its model begins with: trials have all layers', async () => {
  const spec = sequential([flatten(), dense({ units: 4 }), dense({ units: 3 })])
  await saveModel(createNetwork(spec, { inputShape: [28, 28, 1] }), join(folder, 'base.safetensors'))
  const head = { name: 'head', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['input'] }
  const model = { kind: 'model', pretrained: { kind: 'pretrained', file: 'base.safetensors' }, nodes: [head] }
  writeFileSync(
    join(folder, 'search.json'),
    JSON.stringify({
      kind: 'search',
      experiment: {
        ...{ kind: 'experiment', name: 'heads', data: { kind: 'fashionMnistMini' }, models: { one: model } },
        train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2 },
      },
      space: { learningRate: { kind: 'logUniform', low: 0.001, high: 0.1 } },
    }),
  )
  const { search } = await loadSearch(join(folder, 'search.json'), folder)
  const { models, train } = search.experimentOf({ learningRate: 0.05 })
  expect(models.one!.nodes.map(({ name }) => name)).toEqual(['flatten', 'dense', 'head'])
  expect(train.optimizer.learningRate).toBe(0.05)
})
