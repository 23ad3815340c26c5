import { describe, expect, test } from 'vitest'
import { backends } from '../../../test/support/engines.ts'
import { RandomStream } from '../../base/random.ts'
import type { Backend } from '../../engine/backend.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { graph, sequential } from '../../model/graph.ts'
import { createNetwork, Network } from '../../network/network.ts'
import { LOGITS, NetworkPart, OUTPUTS } from '../../network/network-part.ts'
import {
  add,
  averagePooling2d,
  batchNormalization,
  conv1d,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
  reshape,
} from '../../nn/layers/index.ts'
import { relativeDifference } from '../../testing/compare.ts'
import { activations, firstFilters } from './activations.ts'
import { classMaps } from './class-map.ts'
import { explainImages } from './explain-images.ts'
import { gradCam, gradCamLayer } from './grad-cam.ts'
import { gaussLegendre, integratedGradients } from './integrated-gradients.ts'
import { occlusion, occlusionWindow } from './occlusion.ts'
import { overImage } from './over-image.ts'
import { saliency } from './saliency.ts'

const exact = referenceBackend({ precision: 'float64' })

/** Rescaling, batch normalisation with statistics of its own, dropout and a shortcut: all that differs from training. */
const spec = graph({
  scaled: [rescaling({ scale: 2, offset: -1 }), 'input'],
  stem: [conv2d({ filters: 3, kernelSize: 3, activation: 'tanh' }), 'scaled'],
  normal: [batchNormalization(), 'stem'],
  branch: [conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'tanh' }), 'normal'],
  sum: [add(), 'normal', 'branch'],
  small: [averagePooling2d(), 'sum'],
  dropped: [dropout({ rate: 0.5 }), 'small'],
  row: [flatten(), 'dropped'],
  head: [dense({ units: 4, activation: 'softmax' }), 'row'],
})

function networkOn(backend: Backend): Network {
  const fresh = createNetwork(spec, { inputShape: [8, 7, 2], seed: 3, backend })
  const stream = new RandomStream(5)
  const statistics = ['normal/movingMean', 'normal/movingVariance', 'normal/gamma', 'normal/beta']
  return new Network(
    fresh.model,
    new Map([
      ...fresh.weights,
      ...statistics.map(
        name =>
          [name, Float32Array.from({ length: 3 }, (_, i) => 0.5 + stream.split(name).uniform(i))] as const,
      ),
    ]),
    backend,
  )
}

const images = Uint8Array.from({ length: 3 * 8 * 7 * 2 }, (_, i) =>
  Math.floor(256 * new RandomStream(9).uniform(i)),
)
const classes = [0, 3, 1]

describe('gradients of a part are those of inference', () => {
  test.each([LOGITS, OUTPUTS])('%s, against finite differences', async to => {
    const part = new NetworkPart(networkOn(exact), { to })
    const inputs = Float64Array.from(images.subarray(0, 112), byte => byte / 255)
    const weights = Float64Array.of(0.3, -1, 0.5, 2)
    const gradients = await part.gradients(inputs, weights)
    const at = async (i: number, by: number): Promise<number> => {
      const moved = inputs.slice()
      moved[i]! += by
      return Float64Array.from(await part.outputs(moved)).reduce((sum, one, k) => sum + one * weights[k]!, 0)
    }
    const numeric = new Float64Array(112)
    for (let i = 0; i < 112; i++) numeric[i] = ((await at(i, 1e-5)) - (await at(i, -1e-5))) / 2e-5
    expect(relativeDifference(gradients, numeric)).toBeLessThan(1e-8)
  })

  test('a layer is differentiated where all paths have met', async () => {
    const network = networkOn(exact)
    const part = new NetworkPart(network, { from: 'sum', to: LOGITS })
    const sums = await new NetworkPart(network, { to: 'sum' }).outputs(images, 1 / 255)
    const whole = await new NetworkPart(network, { to: LOGITS }).outputs(images, 1 / 255)
    expect(relativeDifference(await part.outputs(sums), whole)).toBeLessThan(1e-12)
  })

  test('a shortcut past a layer is an error that names the others', () => {
    expect(() => new NetworkPart(networkOn(exact), { from: 'branch', to: LOGITS })).toThrow(
      'A shortcut leads past the layer "branch": what follows it is not made from its output alone. ' +
        'Choose a layer behind which all paths have met: scaled, stem, normal, sum, small, dropped, row.',
    )
  })

  test('outputs that are not finite are an error', async () => {
    const network = createNetwork(sequential([flatten(), dense({ units: 2 })]), {
      inputShape: [2, 2, 1],
      backend: exact,
    })
    network.weights = new Map([...network.weights, ['dense/bias', Float32Array.of(Number.NaN, 0)]])
    await expect(saliency(network, { images: new Uint8Array(4) })).rejects.toThrow(
      'The network\'s outputs for these images are not finite, from the layer "dense" on: there is nothing to explain.',
    )
  })
})

describe.each(backends)('on %s', (_, backend) => {
  test('every explanation is that of the float64 loops', async () => {
    const [here, there] = [networkOn(backend), networkOn(exact)]
    const question = { images, classes }
    const near = (a: Float64Array, b: Float64Array): void =>
      expect(relativeDifference(a, b)).toBeLessThan(2e-5)
    near(await saliency(here, question), await saliency(there, question))
    near(
      (await integratedGradients(here, question)).attributions,
      (await integratedGradients(there, question)).attributions,
    )
    near((await gradCam(here, question)).maps, (await gradCam(there, question)).maps)
    near(
      await occlusion(here, { ...question, of: 'logit', windowSize: 3 }),
      await occlusion(there, { ...question, of: 'logit', windowSize: 3 }),
    )
  })
})

describe('integrated gradients', () => {
  test('are complete: they sum up to what they explain, the better the more steps', async () => {
    const network = networkOn(exact)
    const gap = async (steps: number): Promise<number> => {
      const { attributions, differences } = await integratedGradients(network, { images, classes, steps })
      const sums = classes.map((_, i) =>
        attributions.subarray(i * 112, (i + 1) * 112).reduce((a, b) => a + b),
      )
      return Math.max(...sums.map((sum, i) => Math.abs(sum - differences[i]!)))
    }
    expect(await gap(2)).toBeGreaterThan(1e-4)
    expect(await gap(50)).toBeLessThan(1e-7)
  })

  test('Gauss and Legendre’s rule integrates polynomials up to degree 2n − 1', () => {
    const { points, weights } = gaussLegendre(5)
    for (let degree = 0; degree < 10; degree++) {
      const integral = points.reduce((sum, x, i) => sum + weights[i]! * x ** degree, 0)
      expect(integral).toBeCloseTo(1 / (degree + 1), 14)
    }
    expect([...gaussLegendre(1).points]).toEqual([0.5])
  })
})

describe('Grad-CAM', () => {
  test('looks at the last layer that learns or joins and has places', () => {
    expect(gradCamLayer(networkOn(exact))).toBe('sum')
    const plain = sequential([
      conv2d({ filters: 2, kernelSize: 3 }),
      maxPooling2d(),
      flatten(),
      dense({ units: 2, activation: 'softmax' }),
    ])
    expect(gradCamLayer(createNetwork(plain, { inputShape: [8, 8, 1] }))).toBe('conv2d')
    const flat = createNetwork(sequential([flatten(), dense({ units: 2 })]), { inputShape: [8, 8, 1] })
    expect(gradCamLayer(flat)).toBeNull()
  })

  test('a network or layer without places is an error', async () => {
    const network = createNetwork(sequential([flatten(), dense({ units: 2 })]), { inputShape: [4, 4, 1] })
    const question = { images: new Uint8Array(16) }
    await expect(gradCam(network, question)).rejects.toThrow(
      'No layer of this network keeps positions in the image: Grad-CAM needs a convolution or pooling before flatten().',
    )
    await expect(gradCam(network, { ...question, layer: 'dense' })).rejects.toThrow(
      'The layer "dense" gives (None, 2), which has no positions. Grad-CAM needs a layer before flatten() or global pooling.',
    )
    await expect(gradCam(network, { ...question, layer: 'dens' })).rejects.toThrow(
      'There is no layer "dens". Did you mean "dense"? Layers: flatten, dense.',
    )
  })

  test('a sequence’s map lies over the pixels that its steps were cut from', () => {
    const { model } = createNetwork(
      sequential([
        reshape({ targetShape: [4, 2] }),
        conv1d({ filters: 1, kernelSize: 1, strides: 2 }),
        flatten(),
        dense({ units: 2 }),
      ]),
      { inputShape: [4, 2, 1] },
    )
    const map = { height: 2, width: 1, values: [0, 1] }
    expect(overImage(model, { layer: 'conv1d', map }).values).toEqual([0, 0, 0.25, 0.25, 0.75, 0.75, 1, 1])
  })
})

test('occlusion of everything leaves what a black image gives', async () => {
  const network = networkOn(exact)
  const map = await occlusion(network, { images, classes, windowSize: [8, 7] })
  const part = new NetworkPart(network, { to: OUTPUTS })
  const [own, black] = [await part.outputs(images, 1 / 255), await part.outputs(new Uint8Array(112))]
  expect(map[0]).toBeCloseTo(own[0]! - black[0]!, 12)
  expect(new Set(map.subarray(0, 56)).size).toBe(1)
})

test('windows grow with large images, and are asked about in pieces that fit into memory', async () => {
  const model = sequential([
    averagePooling2d({ poolSize: 112 }),
    flatten(),
    dense({ units: 2, activation: 'softmax' }),
  ])
  const network = createNetwork(model, { inputShape: [336, 224, 3], seed: 3 })
  const image = Uint8Array.from({ length: 336 * 224 * 3 }, (_, i) => (i * 7) % 256)
  const usual = await occlusion(network, { images: image, classes: [1] })
  expect(occlusionWindow({ height: 336, width: 224 })).toEqual([72, 48])
  expect(
    await occlusion(network, { images: image, classes: [1], windowSize: [72, 48], strides: [24, 16] }),
  ).toEqual(usual)
  expect(occlusionWindow({ height: 32, width: 14 })).toEqual([6, 6])
  // 1,681 windows of 226 kB each: six pieces.
  const fine = await occlusion(network, {
    images: image,
    classes: [1],
    windowSize: [72, 48],
    strides: [7, 4],
  })
  expect(fine.every((value, i) => Math.abs(value - usual[i]!) < 0.1)).toBe(true)
  expect(fine.some(value => value !== 0)).toBe(true)
})

test('questions that do not fit are refused', async () => {
  const network = networkOn(exact)
  await expect(saliency(network, { images, classes: [1] })).rejects.toThrow(
    '3 images need as many classes, received 1.',
  )
  await expect(saliency(network, { images, classes: [1, 4, 0] })).rejects.toThrow(
    'Image 1 is asked about class 4, but the network has 4 outputs (0 to 3).',
  )
  await expect(saliency(network, { images: new Uint8Array(5) })).rejects.toThrow(
    '5 numbers do not make whole images of 8 × 7 × 2 (112 each).',
  )
  await expect(occlusion(network, { images, windowSize: 0 })).rejects.toThrow(
    'windowSize must be a whole number of at least 1, or [height, width], not 0.',
  )
  const vectors = createNetwork(sequential([dense({ units: 2 })]), { inputShape: [3] })
  await expect(saliency(vectors, { images: new Uint8Array(3) })).rejects.toThrow(
    'Only networks of images [height, width, channels] can be explained; this one takes 3.',
  )
})

test('activations are what the network makes on its way, layer by layer', async () => {
  const network = networkOn(exact)
  const image = images.subarray(0, 112)
  const made = await activations(network, image)
  expect(made.map(({ layer, shape, maps }) => [layer, shape.join(' × '), maps.length])).toEqual([
    ['scaled', '8 × 7 × 2', 2],
    ['stem', '6 × 5 × 3', 3],
    ['normal', '6 × 5 × 3', 3],
    ['branch', '6 × 5 × 3', 3],
    ['sum', '6 × 5 × 3', 3],
    ['small', '3 × 2 × 3', 3],
    ['dropped', '3 × 2 × 3', 3],
    ['row', '18', 1],
    ['head', '4', 1],
  ])
  expect(made[0]!.maps[1]!.values[2]).toBeCloseTo((2 * image[5]!) / 255 - 1, 12)
  const outputs = await new NetworkPart(network, { to: OUTPUTS }).outputs(image, 1 / 255)
  expect(made.at(-1)!.maps[0]!.values).toEqual([...outputs])
  await expect(activations(network, images)).rejects.toThrow(
    'activations: expected one image of 8 × 7 × 2 (112 bytes), received 336.',
  )
})

test('first filters: of a convolution by input channel, of a dense layer over the image', () => {
  const { layer, filters } = firstFilters(networkOn(exact))!
  expect([layer, filters.length, filters[0]!.length]).toEqual(['stem', 3, 2])
  const linear = createNetwork(sequential([flatten(), dense({ units: 3 })]), { inputShape: [4, 5, 1] })
  const found = firstFilters(linear)!
  expect(found.filters[2]![0]).toEqual({
    height: 4,
    width: 5,
    values: [...linear.weights.get('dense/kernel')!.subarray(40)],
  })
})

test('first filters of a dense layer over large images are as many as a page can hold', () => {
  const model = sequential([flatten(), dense({ units: 28 })])
  const network = createNetwork(model, { inputShape: [224, 224, 3] })
  const { filters } = firstFilters(network)!
  const kernel = network.weights.get('dense/kernel')!
  expect(filters).toHaveLength(27)
  expect(filters[26]![2]!.values[1]).toBe(kernel[26 * 224 * 224 * 3 + 3 + 2])
})

describe('the one map that is shown for a class', () => {
  // The second convolution gives B = 1 − A, and the logits are sums of B: the first speaks against B everywhere, the second both ways, the third for it.
  const layers = [
    conv2d({ filters: 1, kernelSize: 1 }),
    conv2d({ filters: 1, kernelSize: 1 }),
    flatten(),
    dense({ units: 3 }),
  ]
  const flipped = createNetwork(sequential(layers), { inputShape: [2, 2, 1] })
  flipped.weights = new Map([
    ['conv2d/kernel', Float32Array.of(1)],
    ['conv2d/bias', Float32Array.of(0)],
    ['conv2d_1/kernel', Float32Array.of(-1)],
    ['conv2d_1/bias', Float32Array.of(1)],
    ['dense/kernel', Float32Array.of(-1, -1, -1, -1, 1, -1, 1, -1, 1, 1, 1, 1)],
    ['dense/bias', Float32Array.of(0, 0, 0)],
  ])
  const bright = Uint8Array.of(51, 102, 153, 204)
  const three = { images: Uint8Array.of(...bright, ...bright, ...bright), classes: [0, 1, 2] }

  test('is Grad-CAM of the usual layer, or of the last layer before it, or integrated gradients', async () => {
    const maps = await classMaps(flipped, three)
    expect(maps.map(({ method }) => method)).toEqual([
      { name: 'Grad-CAM', layer: 'conv2d', isUsual: false },
      { name: 'Integrated gradients' },
      { name: 'Grad-CAM', layer: 'conv2d_1', isUsual: true },
    ])
    expect(maps[0]!.map.values.map(value => Number(value.toFixed(6)))).toEqual([0.2, 0.4, 0.6, 0.8])
    expect(maps[1]!.map.values.map(value => Number(value.toFixed(6)))).toEqual([0, 0.4, 0, 0.8])
    expect(maps[2]!.map.values.map(value => Number(value.toFixed(6)))).toEqual([0.8, 0.6, 0.4, 0.2])
  })

  test('is the same for reports and the command line; a layer that is named is kept, also if it is zero', async () => {
    const explained = await explainImages(flipped, three)
    expect(explained.map(({ classMap }) => classMap)).toEqual(await classMaps(flipped, three))
    const [named] = await explainImages(flipped, { ...three, layer: 'conv2d_1' })
    expect([named!.gradCam!.layer, ...named!.gradCam!.map.values]).toEqual(['conv2d_1', 0, 0, 0, 0])
  })
})

test('all explanations of images are plain JSON values', async () => {
  const explained = await explainImages(networkOn(exact), { images, classes })
  expect(JSON.parse(JSON.stringify(explained))).toEqual(explained)
  const [first] = explained
  expect(first!.class).toBe(0)
  expect(first!.outputs).toHaveLength(4)
  expect(first!.gradCam!.layer).toBe('sum')
  expect([first!.gradCam!.map.height, first!.gradCam!.onImage.height]).toEqual([6, 8])
  expect(first!.integratedGradients.sum).toBeCloseTo(first!.integratedGradients.difference, 6)
  for (const { values } of [first!.saliency, first!.integratedGradients, first!.occlusion])
    expect(values).toHaveLength(56)
})
