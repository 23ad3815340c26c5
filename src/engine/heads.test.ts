import { describe, expect, test } from 'vitest'
import { backends, nativeMissing } from '../../test/support/engines.ts'
import { HeddleError } from '../base/errors.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { targetsFor } from '../network/feed.ts'
import { activation, flatten } from '../nn/layers/index.ts'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  type LossSpec,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../nn/losses/loss.ts'
import { optimizers, updateRuleOf } from '../nn/optimizers/index.ts'
import { relativeDifference } from '../testing/compare.ts'
import type { Backend, RunMode, RunResult } from './backend.ts'
import { referenceBackend } from './backends/reference.ts'
import { lower } from './lower.ts'

// What each head does under each loss. The numbers are those of the reports' networks, worked out by hand.

type Activation = 'linear' | 'relu' | 'tanh' | 'sigmoid' | 'softmax'

interface Setting {
  readonly head: Activation
  readonly loss: LossSpec
  readonly rows: readonly (readonly number[])[]
  readonly labels: readonly number[]
}

async function run(
  backend: Backend,
  { head, loss, rows, labels }: Setting,
  mode: RunMode = 'evaluate',
): Promise<RunResult & { readonly gradient: ArrayLike<number> }> {
  const model = buildModel(sequential([activation({ activation: head })]), [rows[0]!.length])
  const executable = backend.compile(lower(model, loss), {
    batchSize: rows.length,
    update: updateRuleOf(optimizers.field.parse('sgd', 'optimizer')),
    inputGradient: true,
  })
  const examples = { images: new Uint8Array(0), labels: Int32Array.from(labels) }
  const result = await executable.run({
    mode,
    images: Float64Array.from(rows.flat()),
    scale: 1,
    targets: targetsFor(loss, examples, executable),
    order: Int32Array.from(rows, (_, i) => i),
    outputs: true,
  })
  return { ...result, gradient: executable.read('inputGradient') }
}

const double = referenceBackend({ precision: 'float64' })
const all = [['reference, float64', double] as const, ...backends]
if (nativeMissing) test.skip(`native: ${nativeMissing}`)

const literal = { semantics: 'literal' } as const
const CLIPPED = -Math.log(1e-7)

describe.each(all)('%s', (_, backend) => {
  const lossOf = async (setting: Setting): Promise<number> => (await run(backend, setting)).losses[0]!

  test.each([
    [0, -Math.log(1 - 1e-7)],
    [1, CLIPPED],
    [2, Math.log(8)],
  ])('a negative output: [0.9, −0.2, 0.1], target %i', async (label, expected) => {
    const setting = { loss: categoricalCrossentropy(), labels: [label] }
    expect(await lossOf({ ...setting, head: 'linear', rows: [[0.9, -0.2, 0.1]] })).toBeCloseTo(expected, 5)
    // A tanh head hides no logits: the same outputs have the same loss.
    const rows = [[0.9, -0.2, 0.1].map(Math.atanh)]
    const { losses, gradient } = await run(backend, { ...setting, head: 'tanh', rows }, 'gradients')
    expect(losses[0]).toBeCloseTo(expected, 5)
    // Beyond the clip the loss is flat: the network is stuck.
    expect(Array.from(gradient).every(slope => slope === 0)).toBe(label !== 2)
  })

  test.each([
    [[0, 0, 0], 2],
    [[0.5, -0.5, 0], 0],
  ])('a row that sums to zero and holds a zero is NaN: %j, target %i', async (row, label) => {
    const setting = { head: 'linear', loss: categoricalCrossentropy(), rows: [row], labels: [label] } as const
    expect(await lossOf(setting)).toBeNaN()
    const { failure } = await run(backend, setting, 'gradients')
    expect(failure).toEqual({ step: 0, layer: null, of: 'loss' })
  })

  test.each([
    [0, -Math.log(1 - 1e-7)],
    [1, CLIPPED],
  ])('one that holds none is clipped, and loses its gradient: target %i', async (label, expected) => {
    const rows = [[0.5, -0.25, -0.25]]
    const setting = { head: 'linear', loss: categoricalCrossentropy(), rows, labels: [label] } as const
    const { losses, gradient } = await run(backend, setting, 'gradients')
    expect(losses[0]).toBeCloseTo(expected, 5)
    expect(Array.from(gradient)).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })

  test.each([
    [2, 4.887],
    [3, 6.198],
    [4, 7.522],
    [5, 8.864],
  ])('a relu head with %i of 10 units dead', async (dead, printed) => {
    const row = Array.from({ length: 10 }, (_value, k) => (k < dead ? -1 : 0.7))
    const labels = row.map((_value, k) => k)
    const loss = await lossOf({
      head: 'relu',
      loss: categoricalCrossentropy(),
      rows: labels.map(() => row),
      labels,
    })
    expect(loss).toBeCloseTo((dead / 10) * CLIPPED + (1 - dead / 10) * Math.log(10 - dead), 5)
    expect(Math.abs(loss - printed)).toBeLessThan(0.02)
  })

  test('the double softmax has a floor, and an error costs one', async () => {
    const floor = Math.log(1 + 2 / Math.E)
    expect(floor).toBeCloseTo(0.551445, 6)
    for (const make of [categoricalCrossentropy, sparseCategoricalCrossentropy]) {
      const loss = make({ fromLogits: true, ...literal })
      const setting = { head: 'softmax', loss, rows: [[60, 0, 0]] } as const
      expect(await lossOf({ ...setting, labels: [0] })).toBeCloseTo(floor, 6)
      expect(await lossOf({ ...setting, labels: [2] })).toBeCloseTo(floor + 1, 6)
    }
  })

  test('a sigmoid head learns as its logits under softmax do, and predicts sigmoids', async () => {
    const rows = [
      [2, -1, 0.5],
      [-3, 0.25, 1],
    ]
    const setting = { loss: sparseCategoricalCrossentropy(), rows, labels: [0, 1] }
    const sigmoid = await run(backend, { ...setting, head: 'sigmoid' }, 'gradients')
    const softmax = await run(backend, { ...setting, head: 'softmax' }, 'gradients')
    expect(sigmoid.losses).toEqual(softmax.losses)
    expect(sigmoid.gradient).toEqual(softmax.gradient)
    expect(sigmoid.correct).toEqual(Int32Array.of(1))
    const expected = rows.flat().map(x => 1 / (1 + Math.exp(-x)))
    expect(relativeDifference(sigmoid.outputs!, expected)).toBeLessThan(1e-6)
  })

  test('accuracy is that of the saturated sigmoids: the first of equals wins', async () => {
    const setting = { head: 'sigmoid', loss: sparseCategoricalCrossentropy(), rows: [[40, 60]] } as const
    expect((await run(backend, { ...setting, labels: [1] })).correct[0]).toBe(0)
    expect((await run(backend, { ...setting, labels: [0] })).correct[0]).toBe(1)
  })
})

const losses: readonly LossSpec[] = [
  ...[categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy].flatMap(make => [
    make(),
    make(literal),
    make({ fromLogits: true, ...literal }),
  ]),
  categoricalCrossentropy({ labelSmoothing: 0.1 }),
  categoricalCrossentropy({ labelSmoothing: 0.1, ...literal }),
  meanSquaredError(),
]

describe.each(losses)('finite differences: %j', loss => {
  test.each(['linear', 'relu', 'tanh', 'sigmoid', 'softmax'] as const)('%s head', async head => {
    // Every output of every head lies between the clips.
    const rows = [
      [0.3, 0.15, 0.9],
      [0.7, 0.2, 0.4],
    ]
    const setting = { head, loss, rows, labels: [2, 1] }
    const h = 1e-5
    const numeric = await Promise.all(
      rows.flat().map(async (_, at) => {
        const moved = async (by: number): Promise<number> => {
          const shifted = rows.map((row, i) => row.map((x, k) => (i * 3 + k === at ? x + by : x)))
          return (await run(double, { ...setting, rows: shifted })).losses[0]!
        }
        return ((await moved(h)) - (await moved(-h))) / (2 * h)
      }),
    )
    for (const [name, backend] of all) {
      const { gradient } = await run(backend, setting, 'gradients')
      expect(relativeDifference(gradient, numeric), name).toBeLessThan(backend === double ? 1e-8 : 1e-5)
    }
  })
})

describe('which heads move into the loss', () => {
  const lowered = (head: Activation, loss: LossSpec) => {
    const {
      loss: op,
      head: moved,
      ops,
    } = lower(buildModel(sequential([activation({ activation: head })]), [3]), loss)
    return [op, moved, ops.length]
  }

  test('softmax and sigmoid, under a cross-entropy with the shortcut', () => {
    for (const head of ['softmax', 'sigmoid'] as const) {
      expect(lowered(head, categoricalCrossentropy())).toEqual(['softmaxCrossEntropy', head, 0])
      expect(lowered(head, binaryCrossentropy())).toEqual(['sigmoidCrossEntropy', head, 0])
      expect(lowered(head, categoricalCrossentropy(literal))).toEqual(['categoricalCrossentropy', 'none', 1])
      expect(lowered(head, meanSquaredError())).toEqual(['meanSquaredError', 'none', 1])
    }
    expect(lowered('tanh', binaryCrossentropy())).toEqual(['binaryCrossentropy', 'none', 1])
  })

  test('not a softmax of pieces of the row', () => {
    const pieces = sequential([activation({ activation: 'softmax' }), flatten()])
    const { head, loss, output } = lower(buildModel(pieces, [2, 2]), categoricalCrossentropy())
    expect({ head, loss, shape: output.shape }).toEqual({
      head: 'none',
      loss: 'categoricalCrossentropy',
      shape: [4],
    })
  })

  test.each([
    ['softmax', categoricalCrossentropy, 'softmax'],
    ['sigmoid', sparseCategoricalCrossentropy, 'softmax'],
    ['sigmoid', binaryCrossentropy, 'sigmoid'],
  ] as const)('fromLogits on a %s head is refused, unless it is meant literally', (head, make, applied) => {
    expect(() => lowered(head, make({ fromLogits: true }))).toThrow(
      new HeddleError(
        `The loss has fromLogits: true, but the network already ends in ${head}: ${applied} would be applied on top ` +
          "of it. Remove fromLogits, or the activation of the last layer; to have both, give the loss semantics: 'literal'.",
      ),
    )
    expect(lowered(head, make({ fromLogits: true, ...literal }))[0]).toBe(`${applied}CrossEntropy`)
  })
})
