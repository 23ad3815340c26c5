import { sequential } from '../../model/graph.ts'
import { conv2d, dense, dropout, flatten, type LayerSpec, maxPooling2d } from '../../nn/layers/index.ts'
import { adam } from '../../nn/optimizers/index.ts'
import type { Template } from '../../protocol/studio.ts'
import { trainSpec } from '../../train/options.ts'

function template(model: string, layers: readonly LayerSpec[]): Template {
  const loss = 'sparseCategoricalCrossentropy'
  const { kind, ...train } = trainSpec({ optimizer: adam(), loss, epochs: 5, validationSplit: 0.1 })
  const { nodes } = sequential(layers)
  return { experiment: 'built-in', model, data: 'fashion-mnist-mini', nodes, train, pretrained: null }
}

const head = dense({ units: 10, activation: 'softmax' })
const conv = (filters: number): LayerSpec => conv2d({ filters, kernelSize: 3, activation: 'relu' })

/** Where to start from without an experiment of one's own: from the simplest to one that is worth its time. */
export const templates: readonly Template[] = [
  template('small-cnn', [
    conv(16),
    maxPooling2d(),
    conv(32),
    maxPooling2d(),
    flatten(),
    dropout({ rate: 0.3 }),
    head,
  ]),
  template('linear', [flatten(), head]),
  template('mlp', [flatten(), dense({ units: 128, activation: 'relu' }), head]),
  template('one-conv', [conv(32), maxPooling2d(), flatten(), head]),
]
