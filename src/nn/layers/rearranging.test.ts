import { describe, expect, test } from 'vitest'
import { graph, sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { squeezeExcite } from '../../model/squeeze-excite.ts'
import {
  average,
  conv2d,
  cropping2d,
  globalAveragePooling2d,
  groupNormalization,
  type LayerSpec,
  maximum,
  multiply,
  parseLayer,
  permute,
  resizing,
  subtract,
  upSampling2d,
} from './index.ts'

const shapeOf = (layer: LayerSpec, input: readonly number[]) =>
  buildModel(sequential([layer]), input).outputShape

test.each([
  [permute({ dims: [2, 1, 3] }), [4, 5, 6], [5, 4, 6]],
  [permute({ dims: [2, 1] }), [4, 5], [5, 4]],
  [
    cropping2d({
      cropping: [
        [1, 0],
        [0, 2],
      ],
    }),
    [4, 5, 6],
    [3, 3, 6],
  ],
  [cropping2d(), [4, 5, 6], [4, 5, 6]],
  [upSampling2d(), [4, 5, 6], [8, 10, 6]],
  [resizing({ height: 2, width: 9 }), [4, 5, 6], [2, 9, 6]],
])('%j of %j is %j', (layer, input, output) => expect(shapeOf(layer, input)).toEqual(output))

describe('merging', () => {
  const merged = (layer: LayerSpec, ...names: ('image' | 'pooled' | 'pixel')[]) =>
    buildModel(
      graph({
        image: [conv2d({ filters: 3, kernelSize: 1 }), 'input'],
        pooled: [globalAveragePooling2d({ keepdims: true }), 'image'],
        pixel: [conv2d({ filters: 1, kernelSize: 1 }), 'pooled'],
        all: [average(), 'image', 'pooled', 'pixel'],
        out: [layer, 'all', ...names],
      }),
      [4, 5, 2],
    )

  test.each([multiply(), average(), maximum(), subtract()])('%j repeats axes of 1', layer => {
    expect(merged(layer, 'pooled').outputShape).toEqual([4, 5, 3])
    expect(merged(layer, 'pixel').outputShape).toEqual([4, 5, 3])
  })

  test('a difference is between two', () => {
    expect(() => merged(subtract(), 'image', 'pooled')).toThrow('it takes two inputs, received 3.')
  })

  test('a gate without the axes of the image is refused', () => {
    const nodes = {
      image: [conv2d({ filters: 3, kernelSize: 1 }), 'input'],
      pooled: [globalAveragePooling2d(), 'image'],
      out: [multiply(), 'image', 'pooled'],
    } as const
    expect(() => buildModel(graph(nodes), [4, 5, 2])).toThrow('keepdims: true in a global pooling')
  })
})

test('squeezeExcite names its nodes after the block', () => {
  const nodes = squeezeExcite({ name: 'se', input: 'input', channels: 8, squeezed: 2, gate: 'hardSigmoid' })
  expect(Object.keys(nodes)).toEqual(['se_pool', 'se_squeeze', 'se_excite', 'se'])
  const model = buildModel(graph(nodes), [4, 4, 8])
  expect(model.outputShape).toEqual([4, 4, 8])
  expect(model.parameterCount).toBe(8 * 2 + 2 + 2 * 8 + 8)
})

test('options that do not fit are refused by name', () => {
  expect(() => permute({ dims: [1, 3] })).toThrow('permute: dims must name the axes 1, 2, … once each')
  expect(() => shapeOf(permute({ dims: [2, 1] }), [4, 5, 6])).toThrow('dims names 2 axes')
  expect(() => shapeOf(cropping2d({ cropping: 2 }), [4, 9, 1])).toThrow('leaves nothing of 4 × 9. Crop less.')
  expect(() => groupNormalization({ groups: 0 })).toThrow(
    'groups must be a whole number of at least 1, or -1',
  )
  expect(() => parseLayer({ kind: 'groupNormalization', groups: 0 }, 'layer 1')).toThrow('not 0.')
  expect(() => shapeOf(groupNormalization({ groups: 3 }), [2, 2, 8])).toThrow(
    '3 groups do not divide 8 channels',
  )
  expect(() => resizing({ height: 2 } as never)).toThrow('the option "width" is required')
  expect(() => parseLayer({ kind: 'UpSampling2D' }, 'layer 1')).toThrow('Did you mean "upSampling2d"?')
})
