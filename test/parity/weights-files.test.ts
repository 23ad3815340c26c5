import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { readWeights } from '../../src/model/files/weights/read-weights.ts'
import { graph, type ModelSpec } from '../../src/model/graph.ts'
import { buildModel } from '../../src/model/model.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  groupNormalization,
  pReLU,
} from '../../src/nn/layers/index.ts'
import { relativeDifference } from '../../src/testing/compare.ts'

// Made by make-weights-files.py.

const softmax = dense({ units: 3, activation: 'softmax' })
const epsilon = 1e-5

const pytorch = graph({
  stem: [conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), 'input'],
  norm: [batchNormalization({ epsilon }), 'stem'],
  relu: [activation({ activation: 'relu' }), 'norm'],
  deep: [depthwiseConv2d({ kernelSize: 3, useBias: false }), 'relu'],
  slope: [pReLU({ sharedAxes: [1, 2] }), 'deep'],
  group: [groupNormalization({ groups: 2 }), 'slope'],
  row: [flatten(), 'group'],
  rows: [batchNormalization({ epsilon }), 'row'],
  fc: [softmax, 'rows'],
})
const keras = graph({
  stem: [conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), 'input'],
  norm: [batchNormalization(), 'stem'],
  relu: [activation({ activation: 'relu' }), 'norm'],
  deep: [depthwiseConv2d({ kernelSize: 3, useBias: false }), 'relu'],
  row: [flatten(), 'deep'],
  fc: [softmax, 'row'],
})

test.each<[name: string, ending: string, spec: ModelSpec]>([
  ['pytorch', 'safetensors', pytorch],
  ['keras2', 'h5', keras],
  ['keras3', 'weights.h5', keras],
])('weights of %s in .%s give the outputs that it gives', async (name, ending, spec) => {
  const golden = new URL('golden/weights/', import.meta.url)
  const file = `${name}.${ending}`
  const answers = JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8'))
  const model = buildModel(spec, [6, 5, 3])
  const bytes = readFileSync(new URL(file, golden))
  const read = await readWeights(bytes, { name: file, model, names: null, pixelRange: 'unit' })
  const network = new Network(read.model, read.weights, chooseBackend('auto'), read)
  const outputs = await outputsOf(network, Uint8Array.from(answers.inputs))
  expect(relativeDifference(outputs, answers.outputs)).toBeLessThan(1e-5)
})
