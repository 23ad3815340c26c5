import { expect, test } from 'vitest'
import { conv2d, dense, depthwiseConv2d, flatten, type LayerSpec } from '../../../nn/layers/index.ts'
import { sequential } from '../../graph.ts'
import { buildModel } from '../../model.ts'
import type { ModelFile } from '../model-file.ts'
import { h5Format } from './h5-format.ts'
import { keras2, keras3 } from './words.ts'
import { writeKerasModel } from './write-model.ts'

const GOLDEN = { inputs: new Uint8Array(0), outputs: new Float32Array(0) }

function fileOf(layers: readonly LayerSpec[]): ModelFile {
  const model = buildModel(sequential(layers), [4, 4, 2])
  const weights = new Map(
    model.layers.flatMap(({ name, parameters }) =>
      parameters.map(({ name: own, shape }) => [
        `${name}/${own}`,
        new Float32Array(shape.reduce((a, b) => a * b, 1)),
      ]),
    ),
  )
  return {
    model,
    weights,
    classNames: ['a', 'b'],
    pixelRange: 'unit',
    preparation: null,
    loss: null,
    temperature: 1.5,
  }
}

test('keys and weights have the names of the version that is written', () => {
  const file = fileOf([
    depthwiseConv2d({ kernelSize: 2, activation: { kind: 'leakyRelu', negativeSlope: 0.1 } }),
    flatten(),
    dense({ units: 2 }),
  ])
  const [old, present] = [writeKerasModel(file, keras2), writeKerasModel(file, keras3)]
  expect(JSON.stringify(old.config)).toContain('"batch_input_shape":[null,4,4,2]')
  expect(JSON.stringify(old.config)).toContain('"alpha":0.1')
  expect(JSON.stringify(present.config)).toContain('"batch_shape":[null,4,4,2]')
  expect(JSON.stringify(present.config)).toContain('"negative_slope":0.1')
  expect([...old.layers[0]!.arrays.keys()]).toEqual(['depthwise_kernel', 'bias'])
  expect([...present.layers[0]!.arrays.keys()]).toEqual(['kernel', 'bias'])
  expect(old.fates[0]).toMatchObject({
    became: 'DepthwiseConv2D + LeakyReLU',
    remark: 'its activation is a layer of its own in Keras',
  })
})

test('a layer that Keras 2 computes otherwise makes the file one for Keras 3, and its row says so', async () => {
  const end = [flatten(), dense({ units: 2 })]
  const newer = [conv2d({ filters: 2, kernelSize: 1, activation: 'hardSigmoid' }), ...end]
  const { layers, pieces } = await h5Format.write(fileOf(newer), GOLDEN)
  expect(layers[0]!.remark).toBe(
    'Keras 2 does not have the activation hard_sigmoid of Keras 3. The file is for Keras 3.',
  )
  expect(layers[1]!.remark).toBe('')
  expect(Buffer.concat(pieces).includes('"batch_shape"')).toBe(true)
})
