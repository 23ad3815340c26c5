import { describe, expect, test } from 'vitest'
import { backends, compiled, isas, nativeMissing } from '../../test/support/engines.ts'
import { sequential } from '../model/graph.ts'
import { buildModel, type Model } from '../model/model.ts'
import { activation, conv1d, conv2d, dense, flatten, reshape } from '../nn/layers/index.ts'
import { binaryCrossentropy, type LossSpec, sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { adamw, coefficientsOf, type OptimizerSpec, sgd, updateRuleOf } from '../nn/optimizers/index.ts'
import { l1, l1l2, l2 } from '../nn/regularizers/regularizer.ts'
import { isInTop } from '../ops/loss.ts'
import type { Floats } from '../ops/op.ts'
import { relativeDifference } from '../testing/compare.ts'
import { randomStep, writeParameters } from '../testing/step.ts'
import type { Backend, Executable, RunRequest, RunResult } from './backend.ts'
import { nativeBackend } from './backends/native/native.ts'
import { referenceBackend } from './backends/reference.ts'
import { type LoweredLoss, lower } from './lower.ts'

if (nativeMissing) test.skip(`native: ${nativeMissing}`)

const classes = 5
/** Kernels and biases whose blocks end within the vectors of the native engine. */
const networkOf = (regularized: boolean): Model => {
  const options = <T extends object>(given: T): T | Record<string, never> => (regularized ? given : {})
  return buildModel(
    sequential([
      conv2d({ filters: 7, kernelSize: 3, ...options({ kernelRegularizer: l2({ l2: 0.1 }) }) }),
      reshape({ targetShape: [16, 7] }),
      conv1d({
        filters: 8,
        kernelSize: 3,
        activation: 'tanh',
        ...options({ biasRegularizer: l1({ l1: 0.3 }) }),
      }),
      flatten(),
      dense({ units: 23, ...options({ kernelRegularizer: l1l2({ l1: 0.02, l2: 0.05 }) }) }),
      dense({ units: classes, activation: 'softmax', ...options({ biasRegularizer: l2({ l2: 1 }) }) }),
    ]),
    [6, 6, 2],
  )
}
const model = networkOf(true)
const count = 19
const step = randomStep(model, { batch: count, seed: 5 })
const labels = Int32Array.from({ length: count }, (_, i) => (3 * i) % classes)
const loss = sparseCategoricalCrossentropy()

function compile(
  backend: Backend,
  { of = model, with: lowered = loss as LoweredLoss, optimizer = sgd() as OptimizerSpec, batchSize = 8 } = {},
): Executable {
  const executable = backend.compile(lower(of, lowered), { batchSize, update: updateRuleOf(optimizer) })
  writeParameters(executable, step.parameters)
  return executable
}

const run = (
  executable: Executable,
  options: Pick<RunRequest, 'mode'> & Partial<RunRequest>,
  optimizer: OptimizerSpec = sgd(),
): Promise<RunResult> =>
  executable.run({
    images: step.images,
    scale: 1,
    targets: labels,
    order: Int32Array.from(labels.keys()),
    coefficients: coefficientsOf(optimizer, 0, Math.ceil(count / executable.program.batchSize)),
    ...options,
  })

const sumOf = (name: string, term: (w: number) => number): number =>
  Array.from(step.parameters.get(name)!, term).reduce((sum, x) => sum + x, 0)

describe.each(backends)('the penalty of the weights (%s)', (_, backend) => {
  const penalty =
    0.1 * sumOf('conv2d/kernel', w => w * w) +
    0.3 * sumOf('conv1d/bias', Math.abs) +
    sumOf('dense/kernel', w => 0.02 * Math.abs(w) + 0.05 * w * w) +
    sumOf('dense_1/bias', w => w * w)

  test.each(['gradients', 'evaluate'] as const)('is in the loss of every batch, once (%s)', async mode => {
    const [with_, without] = [
      await run(compile(backend), { mode }),
      await run(compile(backend, { of: networkOf(false) }), { mode }),
    ]
    expect(with_.losses).toHaveLength(3)
    with_.losses.forEach((value, i) => {
      expect(Math.abs(value - without.losses[i]! - penalty)).toBeLessThan(1e-5)
    })
  })

  test('is not in `dot`, which is differentiated as it stands', async () => {
    const all = [model, networkOf(false)].map(of => compile(backend, { of, with: 'dot' }))
    const losses = await Promise.all(all.map(async one => (await run(one, { mode: 'gradients' })).losses))
    expect(losses[0]).toEqual(losses[1])
    expect(all[0]!.read('gradients')).toEqual(all[1]!.read('gradients'))
  })

  test('is that of the weights before the update', async () => {
    const executable = compile(backend, { batchSize: count })
    const before = await run(executable, { mode: 'evaluate' })
    const trained = await run(executable, { mode: 'train' })
    const after = await run(executable, { mode: 'evaluate' })
    expect(trained.losses[0]).toBeCloseTo(before.losses[0]!, 12)
    expect(Math.abs(after.losses[0]! - before.losses[0]!)).toBeGreaterThan(1e-3)
  })

  test('ends the run where it makes the weights infinite', async () => {
    const huge = buildModel(
      sequential([
        flatten(),
        dense({ units: classes, activation: 'softmax', kernelRegularizer: l2({ l2: 1e30 }) }),
      ]),
      [6, 6, 2],
    )
    const executable = backend.compile(lower(huge, loss), { batchSize: 8, update: updateRuleOf(sgd()) })
    const length = executable.program.parameterFloats
    executable.write('parameters', new Float32Array(length).fill(1))
    const { failure, losses } = await run(executable, { mode: 'train' }, sgd({ learningRate: 1 }))
    expect(Number.isFinite(losses[0])).toBe(true)
    // The second update overflows: its step is the one that failed.
    expect(failure).toEqual({ step: 1, layer: 'dense', of: 'weights' })
  })
})

test('the gradient of the loss with its penalty agrees with finite differences in float64', async () => {
  const backend = referenceBackend({ precision: 'float64' })
  const executable = compile(backend, { batchSize: count })
  const classWeights = Float64Array.of(0.5, 2, 0, 1, 3)
  await run(executable, { mode: 'gradients', classWeights })
  const [gradients, start] = [executable.read('gradients'), executable.read('parameters')]
  const at = async (values: Floats): Promise<number> => {
    executable.write('parameters', values)
    return (await run(executable, { mode: 'gradients', classWeights })).losses[0]!
  }
  const h = 1e-5
  for (const { name, offset, size } of executable.program.parameters) {
    // Two passes for each: some of them.
    const apart = Math.ceil(size / 8)
    const places = Array.from({ length: Math.ceil(size / apart) }, (_, i) => offset + apart * i)
    const numeric: number[] = []
    for (const place of places) {
      const moved = (by: number): Promise<number> => at(start.with(place, start[place]! + by))
      numeric.push(((await moved(h)) - (await moved(-h))) / (2 * h))
    }
    const analytic = places.map(place => gradients[place]!)
    expect(relativeDifference(analytic, numeric), name).toBeLessThan(1e-6)
  }
})

describe.each(compiled)('%s', (_, backend) => {
  const classWeights = Float32Array.of(0.5, 2, 0, 1, 3)

  test.each([sgd({ momentum: 0.9 }), adamw({ weightDecay: 1 })])(
    'penalties and class weights as in the plain loops: %o',
    async optimizer => {
      const expected = compile(referenceBackend({ precision: 'float64' }), { optimizer })
      const actual = compile(backend, { optimizer })
      const request = { mode: 'train', classWeights, topK: 2 } as const
      const [results, oracle] = [
        await run(actual, request, optimizer),
        await run(expected, request, optimizer),
      ]
      expect(relativeDifference(results.losses, oracle.losses)).toBeLessThan(1e-5)
      expect(results.correct).toEqual(oracle.correct)
      expect(results.topCorrect).toEqual(oracle.topCorrect)
      for (const state of ['parameters', 'gradients'] as const) {
        // A training step need not keep its gradients.
        if (state === 'gradients')
          for (const one of [actual, expected]) await run(one, { ...request, mode: 'gradients' })
        const [values, exact] = [actual.read(state), expected.read(state)]
        for (const { name, offset, size } of expected.program.parameters) {
          const part = (all: Floats): Floats => all.subarray(offset, offset + size)
          expect(relativeDifference(part(values), part(exact)), `${state} of ${name}`).toBeLessThan(1e-5)
        }
      }
    },
  )
})

describe.each(isas)('native, %s', isa => {
  const classWeights = Float32Array.of(0.5, 2, 0, 1, 3)

  test('the same losses and weights, to the bit, at any number of threads', async () => {
    const trained = async (threads: number) => {
      const executable = compile(nativeBackend({ threads, isa }))
      const { losses } = await run(executable, { mode: 'train', classWeights })
      const { losses: tested } = await run(executable, { mode: 'evaluate' })
      return { losses, tested, weights: executable.read('parameters') }
    }
    const one = await trained(1)
    for (const threads of [2, 3, 8]) expect(await trained(threads)).toEqual(one)
  })
})

describe.each(backends)('class weights (%s)', (_, backend) => {
  const lossesWith = async (weights: readonly number[], targets: RunRequest['targets'] = labels) => {
    const executable = compile(backend, { of: networkOf(false), batchSize: 1 })
    const classWeights = Float64Array.from(weights)
    return run(executable, { mode: 'gradients', targets, classWeights })
  }

  test('multiply the loss of an example, not whether it is right', async () => {
    const weights = [0.25, 4, 0, 1, 2]
    const [plain, weighted] = [await lossesWith([1, 1, 1, 1, 1]), await lossesWith(weights)]
    weighted.losses.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.losses[i]! * weights[labels[i]!]!, 10)
    })
    expect(weighted.correct).toEqual(plain.correct)
  })

  test('of a row are those of its largest target', async () => {
    const rows = Float64Array.from({ length: count * classes }, (_, i) =>
      i % classes === labels[Math.floor(i / classes)] ? 0.6 : 0.1,
    )
    const [plain, weighted] = [
      await lossesWith([1, 1, 1, 1, 1], rows),
      await lossesWith([0, 4, 0, 0, 0], rows),
    ]
    weighted.losses.forEach((value, i) => {
      expect(value).toBeCloseTo(labels[i] === 1 ? 4 * plain.losses[i]! : 0, 10)
    })
  })

  test.each([
    [[1, 1], '5 outputs need as many class weights, received 2.'],
    [[1, 1, -1, 1, 1], 'The weight of class 2 must be a finite number of at least 0, not -1.'],
    [[1, 1, 1, Number.NaN, 1], 'The weight of class 3 must be a finite number of at least 0, not NaN.'],
  ])('%j are refused', async (weights, message) => {
    await expect(lossesWith(weights)).rejects.toThrow(message)
  })
})

describe('top-k', () => {
  test.each([
    [1, [3, 1, 2], 0, true],
    [1, [3, 1, 2], 2, false],
    [2, [3, 1, 2], 2, true],
    [1, [3, 3, 2], 1, true],
    [1, [3, 3, 2], 2, false],
    [3, [3, Number.NaN, 2], 0, false],
    [3, [3, 1, 2], 1, true],
    [3, [Number.POSITIVE_INFINITY, 1, 2], 0, false],
  ])('the best %d of %j and class %d: %s', (k, values, label, expected) => {
    expect(isInTop(k, Float64Array.from(values), label)).toBe(expected)
  })

  describe.each(backends)('%s', (_, backend) => {
    const measured = async (
      values: readonly number[],
      { head, topK, of }: { head: 'sigmoid' | 'softmax'; topK: number; of: LossSpec },
    ) => {
      const single = buildModel(sequential([activation({ activation: head })]), [3])
      const executable = backend.compile(lower(single, of), { batchSize: 2, update: updateRuleOf(sgd()) })
      const rows = values.length / 3
      return executable.run({
        mode: 'evaluate',
        images: Float64Array.from(values),
        scale: 1,
        // Class 0 of every row.
        targets: Float64Array.from({ length: values.length }, (_, i) => Number(i % 3 === 0)),
        order: Int32Array.from({ length: rows }, (_, i) => i),
        topK,
      })
    }

    test('is counted for each batch, and not unless it is asked for', async () => {
      const values = [2, 3, 1, 1, 3, 2, 3, 2, 1]
      const { topCorrect } = await measured(values, { head: 'softmax', topK: 2, of: loss })
      expect([...topCorrect]).toEqual([1, 1])
      expect((await run(compile(backend), { mode: 'evaluate' })).topCorrect).toHaveLength(0)
    })

    test('behind a sigmoid ranks what is predicted: saturated outputs tie', async () => {
      const of = binaryCrossentropy()
      const { topCorrect, correct } = await measured([30, 40, 50], { head: 'sigmoid', topK: 1, of })
      // In float32 all three are 1; the first one is also the arg-max.
      expect([...topCorrect, ...correct]).toEqual([1, 1])
    })

    test('of numbers that are not finite counts none', async () => {
      const values = [Number.NaN, 1, 2, 3, 2, Number.POSITIVE_INFINITY]
      const { topCorrect } = await measured(values, { head: 'softmax', topK: 3, of: loss })
      expect([...topCorrect]).toEqual([0])
    })

    test.each([0, 1.5, 4, Number.NaN])('of %d outputs is refused', async topK => {
      await expect(measured([1, 2, 3], { head: 'softmax', topK, of: loss })).rejects.toThrow(
        `topK must be a whole number from 1 to the 3 outputs, not ${topK}.`,
      )
    })
  })
})
