import { expect, test } from 'vitest'
import {
  conv2d,
  dense,
  dropout,
  flatten,
  layers as layerFamily,
  maxPooling2d,
  normalization,
} from '../nn/layers/index.ts'
import { layerOptions, layerOptionTexts } from '../nn/layers/layer-options.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { l1l2, l2 } from '../nn/regularizers/regularizer.ts'
import { cosineDecay } from '../nn/schedules/schedule.ts'
import { layerCases } from '../testing/cases.ts'
import { trainOptionText } from '../train/options.ts'

test('options that are not defaults are named, and a size or strength always', () => {
  expect(layerOptions(dropout({ rate: 0.6 }))).toBe('rate 0.6')
  expect(layerOptions(maxPooling2d())).toBe('poolSize 2 × 2')
  expect(layerOptions(flatten())).toBe('')
  expect(
    layerOptions(
      conv2d({
        filters: 8,
        kernelSize: 3,
        strides: 2,
        activation: 'relu',
        kernelRegularizer: l2({ l2: 0.05 }),
      }),
    ),
  ).toBe('filters 8, kernelSize 3 × 3, strides 2 × 2, activation relu, kernelRegularizer l2 (l2 0.05)')
  expect(layerOptions(dense({ units: 4, kernelRegularizer: l1l2({ l2: 0.1 }) }))).toBe(
    'units 4, kernelRegularizer l1l2 (l1 0, l2 0.1)',
  )
})

test('models that differ in one option differ in what is shown', () => {
  const shown = [0.001, 0.05].map(strength =>
    layerOptions(conv2d({ filters: 8, kernelSize: 3, kernelRegularizer: l2({ l2: strength }) })),
  )
  expect(shown[0]).not.toBe(shown[1])
})

test('every layer: no option that is not a default is left out, and defaults are marked', () => {
  const fields = layerFamily.definitions
  for (const { name, model } of layerCases({ count: 4, seed: 11 })) {
    for (const { layer } of model.layers) {
      const line = layerOptions(layer)
      const listed = layerOptionTexts(layer)
      for (const [option, value] of Object.entries(layer).filter(([key]) => key !== 'kind')) {
        const { required, fallback } = fields[layer.kind]!.fields[option]!
        const isDefault = !required && JSON.stringify(value) === JSON.stringify(fallback)
        if (!isDefault) expect(` ${line}`, `${name}: ${option}`).toContain(` ${option} `)
        expect(listed.find(one => one.name === option)?.isDefault, `${name}: ${option}`).toBe(isDefault)
      }
    }
  }
})

test('training options: nested specs keep what is chosen in them', () => {
  expect(trainOptionText('optimizer', adam())).toBe('adam (learningRate 0.001)')
  expect(trainOptionText('optimizer', sgd({ momentum: 0.9 }))).toBe('sgd (learningRate 0.01, momentum 0.9)')
  const decay = cosineDecay({ initialLearningRate: 0.1, decaySteps: 10 })
  expect(trainOptionText('optimizer', adam({ learningRate: decay }))).toBe(
    'adam (learningRate cosineDecay (initialLearningRate 0.1, decaySteps 10))',
  )
  expect(trainOptionText('validationData', null)).toBe('none')
  expect(trainOptionText('callbacks', [])).toBe('none')
  expect(trainOptionText('classWeight', { Bag: 4 })).toBe('Bag 4')
})

test('options of another version and long lists stay readable', () => {
  expect(trainOptionText('unknown', { kind: 'new', a: 1, b: { kind: 'inner', c: [1, 2] } })).toBe(
    'new (a 1, b inner (c 1, 2))',
  )
  const perPixel = normalization({ mean: Array(9).fill(0.5), variance: Array(9).fill(1) })
  expect(layerOptions(perPixel)).toContain('mean 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, … (9 numbers)')
})
