import { describe, expect, test } from 'vitest'
import { compiled, nativeMissing } from '../../../test/support/engines.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import {
  adadelta,
  adagrad,
  adam,
  adamw,
  coefficientsOf,
  muon,
  nadam,
  type OptimizerSpec,
  rmsprop,
  sgd,
  updateRuleOf,
} from '../../nn/optimizers/index.ts'
import { relativeDifference } from '../../testing/compare.ts'
import { randomStep, writeParameters } from '../../testing/step.ts'
import type { Backend, Executable } from '../backend.ts'
import { lower } from '../lower.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

const optimizers: readonly OptimizerSpec[] = [
  sgd(),
  sgd({ momentum: 0.9 }),
  sgd({ momentum: 0.9, nesterov: true }),
  rmsprop(),
  rmsprop({ momentum: 0.9 }),
  rmsprop({ centered: true }),
  rmsprop({ momentum: 0.9, centered: true }),
  adagrad(),
  adadelta({ learningRate: 1 }),
  adam(),
  adamw({ weightDecay: 1 }),
  nadam(),
  sgd({ clipValue: 0.5 }),
  adam({ clipNorm: 0.5 }),
  sgd({ momentum: 0.9, globalClipNorm: 0.5 }),
  sgd({ globalClipNorm: 1e6 }),
  adamw({ weightDecay: 1, excludeFromWeightDecay: ['bias'] }),
  rmsprop({ momentum: 0.9, useEma: true, emaMomentum: 0.5 }),
  adagrad({ useEma: true, emaMomentum: 0.9, emaOverwriteFrequency: 3 }),
  muon({ weightDecay: 1, adamWeightDecay: 2 }),
  muon({
    nesterov: false,
    nsSteps: 2,
    rmsRate: null,
    learningRate: 0.1,
    clipNorm: 0.5,
    useEma: true,
    emaMomentum: 0.5,
  }),
  muon({ excludeLayers: ['dense_1'], clipValue: 0.5, adamLrRatio: 0.5 }),
]

// Kernels of 3 · 7 and 7 · 23 numbers and their biases: the blocks of the native engine end within its vectors.
const small = buildModel(sequential([dense({ units: 7 }), dense({ units: 23 })]), [3])
// More weights than the second cache of a processor holds beside a shard; a second shard of one example.
const wide = {
  of: buildModel(
    sequential([
      flatten(),
      dense({ units: 257, activation: 'tanh' }),
      dense({ units: 261, useBias: false }),
      dense({ units: 3 }),
    ]),
    [16, 17, 1],
  ),
  batch: 9,
}
const steps = 4

async function stepsOf(
  backend: Backend,
  optimizer: OptimizerSpec,
  { of: model, batch } = { of: small, batch: 5 },
): Promise<Executable> {
  const { images, outputGradient, parameters } = randomStep(model, { batch: batch * steps, seed: 1 })
  const executable = backend.compile(lower(model, 'dot'), {
    batchSize: batch,
    update: updateRuleOf(optimizer),
  })
  writeParameters(executable, parameters)
  await executable.run({
    mode: 'train',
    images,
    scale: 1,
    targets: outputGradient,
    order: Int32Array.from({ length: batch * steps }, (_, i) => i),
    coefficients: coefficientsOf(optimizer, 0, steps),
  })
  return executable
}

if (nativeMissing) test.skip(`native: ${nativeMissing}`)

function expectSame(actual: Executable, expected: Executable): void {
  expect(actual.program.parameters).toEqual(expected.program.parameters)
  const length = expected.program.parameterFloats
  const numbersOf = (one: Executable): Float64Array =>
    Float64Array.from([one.read('parameters'), one.read('optimizer')].flatMap(all => Array.from(all)))
  const [state, oracle] = [numbersOf(actual), numbersOf(expected)]
  expect(state.length).toBe(oracle.length)
  for (let from = 0; from < oracle.length; from += length) {
    for (const { name, offset, size } of expected.program.parameters) {
      const part = (all: Float64Array): Float64Array => all.subarray(from + offset, from + offset + size)
      expect(relativeDifference(part(state), part(oracle)), `${name} at ${from}`).toBeLessThan(1e-5)
    }
  }
}

describe.each(compiled)('%s', (_, backend) => {
  test.each(optimizers)('updates weights and state like the plain loops: %o', async optimizer => {
    const expected = await stepsOf(referenceBackend({ precision: 'float64' }), optimizer)
    expectSame(await stepsOf(backend, optimizer), expected)
  })

  test.each([sgd({ momentum: 0.9, useEma: true, emaMomentum: 0.5 }), sgd({ globalClipNorm: 0.5 })])(
    'updates layers of many weights like the plain loops: %o',
    async optimizer => {
      const expected = await stepsOf(referenceBackend({ precision: 'float64' }), optimizer, wide)
      expectSame(await stepsOf(backend, optimizer, wide), expected)
    },
  )
})

test.each(compiled)(
  '%s: centered rmsprop survives gradients that fall and then never change',
  async (_, backend) => {
    const optimizer = rmsprop({ centered: true })
    const executable = backend.compile(lower(buildModel(sequential([dense({ units: 99 })]), [1]), 'dot'), {
      batchSize: 1,
      update: updateRuleOf(optimizer),
    })
    await executable.run({
      mode: 'train',
      images: Float64Array.of(1, 2),
      scale: 1,
      targets: Float64Array.from({ length: 2 * 99 }, (_, i) => 1 + 9.9 * (i % 99)),
      order: new Int32Array(300).fill(1, 0, 20),
      coefficients: coefficientsOf(optimizer, 0, 300),
    })
    expect(executable.read('parameters').every(Number.isFinite)).toBe(true)
  },
)

test.each([['reference', referenceBackend({ precision: 'float64' })] as const, ...compiled])(
  '%s: the state starts where the rule says, and can be written back',
  (_, backend) => {
    const start = (optimizer: OptimizerSpec): Executable =>
      backend.compile(lower(small, 'dot'), { batchSize: 5, update: updateRuleOf(optimizer) })
    expect(new Set(start(adagrad({ initialAccumulatorValue: 0.5 })).read('optimizer'))).toEqual(
      new Set([0.5]),
    )
    const full = start(rmsprop({ momentum: 0.9, centered: true }))
    const state = full.read('optimizer')
    expect(new Set(state)).toEqual(new Set([0]))
    expect(state).toHaveLength(3 * full.program.parameterFloats)
    full.write('optimizer', state.fill(2))
    expect(new Set(full.read('optimizer'))).toEqual(new Set([2]))
    expect(() => full.write('optimizer', state.subarray(1))).toThrow(RangeError)
  },
)

test.skipIf(nativeMissing)(
  'norms that span the threads have the same bits with any number of them',
  async () => {
    for (const clipped of [adam, muon]) {
      const optimizer = clipped({ globalClipNorm: 0.1, useEma: true, emaMomentum: 0.5 })
      const bitsWith = async (threads: number) => {
        const executable = await stepsOf(nativeBackend({ threads }), optimizer)
        return [...executable.read('parameters'), ...executable.read('optimizer')]
      }
      const alone = await bitsWith(1)
      expect(await bitsWith(2)).toEqual(alone)
      expect(await bitsWith(5)).toEqual(alone)
    }
  },
)
