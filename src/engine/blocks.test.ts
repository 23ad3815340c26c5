import { expect, test } from 'vitest'
import { type ModelSpec, sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { conv2d, dense, flatten, maxPooling2d } from '../nn/layers/index.ts'
import { blocksOf } from './blocks.ts'
import { fuseForInference } from './fuse.ts'
import { lower } from './lower.ts'

function blocks(spec: ModelSpec, inputShape: readonly number[], shardSize = 16): readonly number[] {
  const { ops, parameters } = lower(buildModel(spec, inputShape), 'dot')
  return blocksOf(fuseForInference(ops), parameters, shardSize)
}

const conv = (filters: number) => conv2d({ filters, kernelSize: 3, padding: 'same' })

test('a small network computes all images of a shard at a time', () => {
  const small = sequential([conv(8), maxPooling2d(), flatten(), dense({ units: 10 })])
  expect(blocks(small, [28, 28, 1])).toEqual([16, 16])
  expect(blocks(small, [28, 28, 1], 5)).toEqual([5, 5])
})

test('large pictures come one by one, layers of many weights serve many', () => {
  const photo = sequential([
    conv(32),
    conv(32),
    maxPooling2d({ poolSize: 56 }),
    flatten(),
    dense({ units: 4096 }),
    dense({ units: 4096 }),
  ])
  const chosen = blocks(photo, [224, 224, 3])
  expect(chosen.slice(0, 2)).toEqual([1, 1])
  expect(chosen.slice(-2)).toEqual([16, 16])
})

test('a network without layers computes nothing', () => {
  expect(blocksOf([], [], 8)).toEqual([])
})
