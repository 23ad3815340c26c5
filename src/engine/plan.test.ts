import { describe, expect, test } from 'vitest'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import {
  activation as activationLayer,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  maxPooling2d,
} from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { layerCases } from '../testing/cases.ts'
import { fuseEpilogues, fuseNothing } from './fuse.ts'
import { lower } from './lower.ts'
import { type Buffer, type Program, plan } from './plan.ts'

const standard = buildModel(
  sequential([
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPooling2d(),
    conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    maxPooling2d(),
    flatten(),
    dense({ units: 64, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ]),
  [28, 28, 1],
)

describe('fusing', () => {
  test('a convolution takes its activation and pooling along, a dense layer its activation', () => {
    const { ops, head, loss } = lower(standard, sparseCategoricalCrossentropy())
    expect(fuseEpilogues(ops).map(group => group.map(op => op.kind))).toEqual([
      ['convolution', 'activation', 'maxPooling'],
      ['convolution', 'activation', 'maxPooling'],
      ['dense', 'activation'],
      ['dense'],
    ])
    expect({ head, loss }).toEqual({ head: 'softmax', loss: 'softmaxCrossEntropy' })
  })

  test.each([
    ['overlapping windows', { poolSize: 3, strides: 2 }],
    ['windows that hang over the edge', { poolSize: 2, padding: 'same' }],
    ['windows of more than 256 positions', { poolSize: 17 }],
  ] as const)('%s stay on their own', (_, pool) => {
    const model = buildModel(
      sequential([conv2d({ filters: 2, kernelSize: 1 }), maxPooling2d(pool)]),
      [17, 17, 1],
    )
    expect(fuseEpilogues(lower(model, 'dot').ops)).toHaveLength(2)
  })

  test.each([
    ['relu', 1],
    ['relu6', 1],
    ['tanh', 2],
    ['leakyRelu', 2],
  ] as const)('%s behind a batch normalisation: %i ops', (activation, count) => {
    const model = buildModel(sequential([batchNormalization(), activationLayer({ activation })]), [3])
    expect(fuseEpilogues(lower(model, 'dot').ops)).toHaveLength(count)
  })

  test('gelu keeps its input, so it stays on its own', () => {
    const model = buildModel(
      sequential([conv2d({ filters: 2, kernelSize: 1, activation: 'gelu' })]),
      [5, 5, 1],
    )
    expect(fuseEpilogues(lower(model, 'dot').ops)).toHaveLength(2)
  })
})

describe('memory', () => {
  const options = { batchSize: 20, shardSize: 8, inputGradient: true }

  test.each([
    ['fused', fuseEpilogues],
    ['not fused', fuseNothing],
  ])('what is alive at one time never overlaps (%s)', (_, fuse) => {
    for (const { name, model } of layerCases({ count: 8, seed: 2 })) {
      const lowered = lower(model, 'dot')
      const program = plan(lowered, fuse(lowered.ops), options)
      for (const [time, alive] of liveBuffers(program).entries()) {
        const places = [...alive].sort((a, b) => a.offset - b.offset)
        places.slice(1).forEach((buffer, i) => {
          const before = places[i]!
          expect(buffer.offset, `${name}, time ${time}`).toBeGreaterThanOrEqual(
            before.offset + before.size * 8,
          )
        })
        for (const { offset, size } of alive)
          expect(offset + size * 8).toBeLessThanOrEqual(program.arenaFloats)
      }
    }
  })

  test('gradients reuse the memory of values that are no longer needed', () => {
    const layer = conv2d({ filters: 8, kernelSize: 3, padding: 'same' })
    const lowered = lower(buildModel(sequential(Array(8).fill(layer)), [8, 8, 8]), 'dot')
    const program = plan(lowered, fuseNothing(lowered.ops), { ...options, inputGradient: false })
    const value = 8 * 8 * 8 * options.shardSize
    // Nine values, of which the last ones make room for gradients, and never more than two gradients at a time.
    expect(program.arenaFloats).toBeLessThanOrEqual(11 * value)
  })
})

/**
 * The buffers that each moment of a step needs, told from what the groups read and write: forward, then backward,
 * where a group reads its inputs, output and gradients.
 */
function liveBuffers({ groups, input, output }: Program): Buffer[][] {
  const n = groups.length
  const moments = Array.from({ length: 2 * n + 2 }, () => new Set<Buffer>())
  const known = new Map<string, Buffer>()
  const one = (buffer: Buffer): Buffer => {
    const key = `${buffer.offset} ${buffer.size}`
    if (!known.has(key)) known.set(key, buffer)
    return known.get(key)!
  }
  const hold = (buffer: Buffer | null, from: number, to: number): void => {
    for (let time = from; buffer && time <= to; time++) moments[time]!.add(one(buffer))
  }
  groups.forEach((group, g) => {
    const backward = 2 * n - g
    // Weights of a frozen layer have no gradient that is summed after all shards.
    const sums = group.ops[0].kind === 'dense' && !group.ops[0].frozen
    for (const { value, gradient } of group.inputs) {
      const producer = groups.findIndex(
        other => other.output.value.offset === value.offset && other.output.value.size === value.size,
      )
      hold(value, Math.max(producer, 0), sums ? 2 * n + 1 : backward)
      hold(gradient, backward, producer < 0 ? 2 * n + 1 : 2 * n - producer)
    }
    hold(group.output.value, g, backward)
    hold(group.saved, g, backward)
    hold(group.output.gradient, backward, sums ? 2 * n + 1 : backward)
  })
  hold(input.value, 0, 0)
  hold(output.value, n, 2 * n + 1)
  return moments.map(buffers => [...buffers])
}
