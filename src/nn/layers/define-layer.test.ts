import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backends } from '../../../test/support/engines.ts'
import { option } from '../../base/option.ts'
import { fashionMnistMini } from '../../data/source.ts'
import { graph, sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { createNetwork } from '../../network/network.ts'
import { predict } from '../../network/predict.ts'
import { loadModel, saveModel } from '../../network/saved-model.ts'
import { activationAttributes } from '../../ops/activation.ts'
import { layerContract } from '../../testing/own-contract.ts'
import { experiment } from '../../train/experiment.ts'
import { defineLayer } from './define-layer.ts'
import { conv2d, dense, flatten, parseLayer } from './index.ts'

/** y = (W x) · sigmoid(V x) */
const gatedDense = defineLayer({
  name: 'gatedDense',
  options: { units: option.required(option.integer()) },
  outputShape: ({ units }) => [units],
  parameters: ({ units }, [input]) => [
    { name: 'kernel', shape: [units, input![0]!], initializer: 'glorotUniform' },
    { name: 'gate', shape: [units, input![0]!], initializer: 'glorotUniform' },
  ],
  lower({ units }, { inputs, emit }) {
    const outputShape = [units]
    const product = (name: string) =>
      emit('dense', { inputs, outputShape, attributes: {}, parameters: [name] })
    const gate = emit('activation', {
      inputs: [product('gate')],
      outputShape,
      attributes: activationAttributes('sigmoid'),
    })
    return emit('merge', { inputs: [product('kernel'), gate], outputShape, attributes: { rule: 'product' } })
  },
})

/** a · b + a */
const productAndFirst = defineLayer({
  name: 'productAndFirst',
  inputs: 'many',
  lower(_, { inputs, emit }) {
    const outputShape = inputs[0]!.shape
    const product = emit('merge', { inputs, outputShape, attributes: { rule: 'product' } })
    return emit('merge', { inputs: [product, inputs[0]!], outputShape, attributes: { rule: 'sum' } })
  },
})

const engines = backends.map(([, backend]) => backend)

describe('the contract of layers', () => {
  test.each([
    ['with parameters', gatedDense({ units: 7 }), [5]],
    ['of two inputs', productAndFirst(), [3, 4, 2]],
    ['built in', conv2d({ filters: 3, kernelSize: 3, activation: 'tanh' }), [6, 5, 2]],
  ] as const)('%s', async (_, layer, inputShape) => {
    for (const { check, difference } of await layerContract(layer, { inputShape, backends: engines })) {
      expect(difference, check).toBeLessThan(1e-5)
    }
  })

  test('finds a gradient that is wrong', async () => {
    let calls = 0
    // Another function each time it is lowered.
    const fickle = defineLayer({
      name: 'fickle',
      lower: (_, { inputs: [x], emit }) =>
        emit('affine', {
          inputs: [x!],
          outputShape: x!.shape,
          attributes: { center: [0], scale: [1 + (calls++ % 3)], offset: [0] },
        }),
    })
    const findings = await layerContract(fickle(), { inputShape: [4] })
    expect(Math.max(...findings.map(({ difference }) => difference))).toBeGreaterThan(0.1)
  })
})

test('options are checked, and the model counts what it learns', () => {
  expect(() => gatedDense({ units: 0 })).toThrow(
    'own:gatedDense: units must be a whole number of at least 1, not 0.',
  )
  expect(() => gatedDense({ units: 3, unit: 4 } as never)).toThrow('unknown option "unit"')
  const { layers } = buildModel(sequential([flatten(), gatedDense({ units: 8 })]), [2, 2, 1])
  expect(layers[1]).toMatchObject({ name: 'gated_dense', className: 'gatedDense', parameterCount: 64 })
})

test('names are checked', () => {
  const lower = (
    _: unknown,
    { inputs: [x] }: { inputs: readonly { id: number; shape: readonly number[] }[] },
  ) => x!
  for (const name of ['', '2d', 'a b', 'own:x', 'x'.repeat(51)]) {
    expect(() => defineLayer({ name, lower })).toThrow('The name of a layer must start with a letter')
  }
})

describe('what contradicts itself is refused with the name of the layer', () => {
  const built = (layer: Parameters<typeof defineLayer>[0]) => () =>
    createNetwork(sequential([defineLayer(layer)()]), { inputShape: [4] }).compile('dot', { batchSize: 1 })

  test.each([
    [
      built({
        name: 'lost',
        lower: (_, { inputs, emit }) =>
          emit('dense', { inputs, outputShape: [4], attributes: {}, parameters: ['kernel'] }),
      }),
      'The layer lost gives the op dense the parameter "kernel", which its parameters do not list: none.',
    ],
    [
      built({ name: 'other', outputShape: () => [2], lower: (_, { inputs: [x] }) => x! }),
      'The layer other declares the output (None, 2), and its lower returns (None, 4).',
    ],
    [
      built({ name: 'odd', outputShape: () => [0.5], lower: (_, { inputs: [x] }) => x! }),
      'Layer "odd" (odd) cannot take the input (None, 4): its outputShape must return a list of whole numbers from 1 on, not [0.5].',
    ],
  ])('%#', (make, message) => expect(make).toThrow(message))
})

describe('files hold no code', () => {
  const inputShape = [2, 2, 1]
  const model = sequential([flatten(), gatedDense({ units: 3 }), dense({ units: 2, activation: 'softmax' })])

  test('JSON of it is refused, also where the kind is a lie', () => {
    const refusal =
      'layer 1: "own:gatedDense" is a layer that a program defined for itself, and files hold no code. Read the file in that program'
    expect(() => parseLayer(JSON.parse(JSON.stringify(gatedDense({ units: 3 }))), 'layer 1')).toThrow(refusal)
    expect(() => parseLayer({ ...gatedDense({ units: 3 }) }, 'layer 1')).toThrow(refusal)
    expect(() => sequential([{ kind: 'own:rm' } as never])).toThrow('layer 1: "own:rm" is a layer that')
  })

  test('a saved model comes back with its definition, and not without', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-own-'))
    try {
      const path = join(folder, 'model.safetensors')
      const network = createNetwork(model, { inputShape, seed: 4 })
      await saveModel(network, path, { classNames: ['a', 'b'] })
      await expect(loadModel(path)).rejects.toThrow(
        '"own:gatedDense" is a layer that a program defined for itself',
      )
      await expect(loadModel(path, { layers: [productAndFirst as never] })).rejects.toThrow('own:gatedDense')
      const again = await loadModel(path, { layers: [gatedDense] })
      expect(again.weights).toEqual(network.weights)
      const images = Uint8Array.of(1, 50, 100, 250)
      const [actual, expected] = [await predict(again, images), await predict(network, images)]
      expect(actual.map(({ probabilities }) => probabilities)).toEqual(
        expected.map(({ probabilities }) => probabilities),
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('an experiment is refused', () => {
    const train = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' } as const
    const data = fashionMnistMini()
    expect(() => experiment({ name: 'x', data, models: { mine: model }, train })).toThrow(
      'experiment: model "mine" has the layer "gated_dense" (own:gatedDense), which this program has defined for itself. Experiments are JSON',
    )
  })

  test('a graph takes it as any other layer', () => {
    const nodes = graph({
      row: [flatten(), 'input'],
      gated: [gatedDense({ units: 4 }), 'row'],
      both: [productAndFirst(), 'gated', 'row'],
    })
    expect(buildModel(nodes, inputShape).outputShape).toEqual([4])
    expect(() => graph({ both: [productAndFirst(), 'input'] })).toThrow('joins two or more inputs')
  })
})
