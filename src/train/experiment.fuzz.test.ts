import { expect, test } from 'vitest'
import { fuzzInputs, refusals } from '../../test/support/fuzz.ts'
import { boundedJson } from '../base/json.ts'
import { fashionMnistMini } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { fromSafetensors, toSafetensors } from '../model/files/model-file.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { createNetwork } from '../network/network.ts'
import { conv2d, dense, dropout, flatten } from '../nn/layers/index.ts'
import { adam } from '../nn/optimizers/index.ts'
import { changedJson, type Dice } from '../testing/dice.ts'
import { csvLogger } from './callbacks/csv-logger.ts'
import { experiment, parseExperiment, trainingOf } from './experiment.ts'

const INPUTS = fuzzInputs(300)
const longest = 2000

const model = sequential([
  conv2d({ filters: 2, kernelSize: 3, activation: 'relu' }),
  flatten(),
  dropout({ rate: 0.5 }),
  dense({ units: 10, activation: 'softmax' }),
])
const sound = experiment({
  name: 'tiny',
  data: fashionMnistMini(),
  models: { small: model },
  train: {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    callbacks: [csvLogger({ path: 'log.csv' })],
  },
  overrides: { small: { epochs: 3 } },
})

test(`${INPUTS} changed experiments as JSON: built, or refused in words`, async () => {
  const text = JSON.stringify(sound)
  const read = (dice: Dice) => {
    const parsed = parseExperiment(changedJson(text, dice), 'a.json')
    for (const [name, spec] of Object.entries(parsed.models)) {
      trainingOf(parsed, name)
      buildModel(spec, [28, 28, 1])
    }
  }
  expect(await refusals(read, { inputs: INPUTS, seed: 1, longest })).toBeGreaterThan(INPUTS / 2)
  expect(({} as { unknown?: unknown }).unknown).toBeUndefined()
})

test('an experiment that is nested too deep, or too long, is refused before it is read', () => {
  expect(() => boundedJson('['.repeat(5_000_000), 1e7)).toThrow('it is nested more than 64 levels deep')
  expect(() => boundedJson(' '.repeat(2000), 1000)).toThrow('it is longer than 1000 characters')
})

test(`${INPUTS} changed models in the metadata of a file: read, or refused in words`, async () => {
  const network = createNetwork(model, { inputShape: [28, 28, 1], seed: 1, backend: chooseBackend('auto') })
  const classNames = Array.from({ length: 10 }, (_, i) => `class ${i}`)
  const file = toSafetensors({
    model: network.model,
    weights: network.weights,
    classNames,
    pixelRange: 'unit',
    preparation: null,
    loss: null,
    temperature: null,
  })
  const read = (dice: Dice) => {
    const key = dice.pick(Object.keys(file.metadata))
    const text = file.metadata[key]!
    const value =
      /^[[{]/.test(text) && dice.roll(0, 4) > 0
        ? JSON.stringify(changedJson(text, dice))
        : dice.pick([
            '',
            'null',
            '[]',
            '{}',
            '-1',
            text.slice(0, dice.roll(0, text.length)),
            'x'.repeat(100_000),
          ])
    return fromSafetensors({ ...file, metadata: { ...file.metadata, [key]: value } }, 'a.safetensors')
  }
  expect(await refusals(read, { inputs: INPUTS, seed: 2, longest })).toBeGreaterThan(INPUTS / 3)
})
