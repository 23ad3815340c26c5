import { describe, expect, test } from 'vitest'
import { graph, sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import {
  activation as activationLayer,
  add,
  averagePooling2d,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  maxPooling2d,
} from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { layerCases } from '../testing/cases.ts'
import { fuseEpilogues, fuseForInference, fuseNothing } from './fuse.ts'
import { lower } from './lower.ts'
import { type Buffer, type Operand, type Program, plan } from './plan.ts'
import { readsOfKernels } from './reads.ts'

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

  test('a sum runs with the normalisation before it, unless it adds what that reads', () => {
    const kinds = (added: string): string[][] => {
      const spec = graph({
        first: [conv2d({ filters: 3, kernelSize: 1 }), 'input'],
        inner: [conv2d({ filters: 3, kernelSize: 1 }), 'first'],
        normal: [batchNormalization(), 'inner'],
        sum: [add(), 'normal', added],
        both: [activationLayer({ activation: 'relu' }), 'sum'],
      })
      const { ops } = lower(buildModel(spec, [4, 4, 3]), 'dot')
      return fuseEpilogues(ops).map(group => group.map(op => op.kind))
    }
    expect(kinds('first').at(-1)).toEqual(['batchNormalization', 'merge', 'activation'])
    expect(kinds('inner').slice(-2)).toEqual([['batchNormalization'], ['merge', 'activation']])
  })

  test('gelu keeps its input, so it stays on its own, but for inference', () => {
    const gelu = conv2d({ filters: 2, kernelSize: 1, activation: 'gelu' })
    const { ops } = lower(buildModel(sequential([gelu, maxPooling2d()]), [6, 6, 1]), 'dot')
    expect(fuseEpilogues(ops)).toHaveLength(3)
    // It also falls, so the largest value need not come from the largest sum.
    expect(fuseForInference(ops).map(({ length }) => length)).toEqual([2, 1])
  })
})

describe('memory', () => {
  const options = { batchSize: 20, shardSize: 8, inputGradient: true }

  test('what is added behind a normalisation shares the gradient of the sum, and the normalised value is nowhere', () => {
    const same = conv2d({ filters: 8, kernelSize: 1 })
    const spec = graph({
      first: [same, 'input'],
      inner: [same, 'first'],
      normal: [batchNormalization(), 'inner'],
      sum: [add(), 'normal', 'first'],
      last: [same, 'sum'],
    })
    const lowered = lower(buildModel(spec, [8, 8, 8]), 'dot')
    const { groups } = plan(lowered, fuseEpilogues(lowered.ops), options)
    const [, added] = groups[2]!.inputs
    expect(added!.gradient).toEqual(groups[2]!.output.gradient)
    expect(added!.accumulate).toBe(false)
    // Its other reader, the convolution before the normalisation, goes backward later and adds to it.
    expect(groups[1]!.inputs[0]).toMatchObject({ gradient: added!.gradient, accumulate: true })
  })

  test('values that no kernel reads going backward make room', () => {
    const normal = [
      conv2d({ filters: 8, kernelSize: 1 }),
      batchNormalization(),
      averagePooling2d({ poolSize: 1 }),
    ]
    const lowered = lower(buildModel(sequential([...normal, ...normal, ...normal]), [8, 8, 8]), 'dot')
    const groups = fuseEpilogues(lowered.ops)
    const { arenaFloats } = plan(lowered, groups, { ...options, reads: readsOfKernels })
    expect(arenaFloats).toBeLessThan(0.8 * plan(lowered, groups, options).arenaFloats)
  })

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

describe('some images at a time', () => {
  const [shardSize, count] = [8, 7]

  test.each([
    [1, 2, 8],
    [8, 1, 4],
    [2, 2, 2],
  ])('every group finds what it reads: %i, %i and %i images', (...sizes) => {
    for (const { name, model } of layerCases({ count: 3, seed: 2 })) {
      const lowered = lower(model, 'dot')
      const groups = fuseForInference(lowered.ops)
      const blocks = groups.map((_, g) => sizes[Math.floor(g / 2) % 3]!)
      const options = { batchSize: 20, shardSize, inputGradient: false, backward: false, blocks }
      const program = plan(lowered, groups, options)
      const memory = new Array<string>(program.arenaFloats)
      const places = ({ value, images }: Operand, image: number, from: number): [number, number] => {
        const at = value.offset + (images === shardSize ? image : image - from) * value.size
        return [at, at + value.size]
      }
      const write = (operand: Operand, id: number, image: number, from: number): void => {
        memory.fill(`${id} of ${image}`, ...places(operand, image, from))
      }
      const read = (operand: Operand, id: number, image: number, from: number): void => {
        const found = new Set(memory.slice(...places(operand, image, from)))
        expect([...found], name).toEqual([`${id} of ${image}`])
      }
      for (let first = 0, end = 0; first < groups.length; first = end) {
        while (end < groups.length && blocks[end] === blocks[first]) end++
        for (let from = 0; from < count; from += blocks[first]!) {
          const images = Array.from({ length: Math.min(blocks[first]!, count - from) }, (_, k) => from + k)
          if (first === 0) for (const image of images) write(program.input, lowered.input.id, image, from)
          for (const { ops, inputs, output } of program.groups.slice(first, end)) {
            for (const image of images)
              for (const [k, input] of inputs.entries()) read(input, ops[0].inputs[k]!.id, image, from)
            for (const image of images) write(output, ops.at(-1)!.output.id, image, from)
          }
        }
      }
      for (let image = 0; image < count; image++) read(program.output, lowered.output.id, image, 0)
    }
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
