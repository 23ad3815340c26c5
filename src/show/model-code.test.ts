import { expect, test } from 'vitest'
import * as heddle from '../index.ts'
import type { ModelSpec } from '../model/graph.ts'
import { layerCases } from '../testing/cases.ts'
import { modelCode, modelImports } from './model-code.ts'

/** What the code makes, with the functions that it is said to need and no others. */
function made(spec: ModelSpec): ModelSpec {
  const names = modelImports([spec])
  const values = names.map(name => (heddle as unknown as Record<string, unknown>)[name])
  return new Function(...names, `return ${modelCode(spec)}`)(...values) as ModelSpec
}

test.each(layerCases({ count: 1, seed: 1 }).map(({ name, model }) => [name, model.spec] as const))(
  'the code of %s makes the same model',
  (_, spec) => {
    expect(made(spec)).toEqual(spec)
  },
)

test('defaults are left out, names with signs are quoted', () => {
  const { conv2d, dense, flatten, sequential } = heddle
  const spec = sequential(
    [conv2d({ filters: 8, kernelSize: 3, kernelRegularizer: 'l2' }), flatten(), dense({ units: 2 })],
    { inputShape: [28, 28, 1] },
  )
  expect(modelCode(spec)).toBe(
    "sequential([\n  conv2d({ filters: 8, kernelSize: [3, 3], kernelRegularizer: { kind: 'l2', l2: 0.01 } }),\n  flatten(),\n  dense({ units: 2 }),\n], { inputShape: [28, 28, 1] })",
  )
})
