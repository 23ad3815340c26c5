/**
 * A zoo of public networks, as models of an experiment: what people train besides the reports' networks.
 *
 *   heddle bench --model bench/zoo.ts --what step,inference --batch 32 --peers pytorch,keras,onnxruntime \
 *     --rounds 5 --record bench/results/zoo --resume         an hour; `--model bench/zoo.ts/resnet-20` measures one
 *
 * Sizes are those of small pictures: 28 to 180 pixels a side. All train with Adam, batch 32, on noise.
 */
import {
  activation,
  adam,
  add,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  experiment,
  fashionMnistMini,
  flatten,
  globalAveragePooling2d,
  graph,
  type LayerSpec,
  layerNormalization,
  type ModelSpec,
  maxPooling2d,
  sequential,
} from 'heddle'

type Shape = readonly number[]

const softmax = (units: number): LayerSpec => dense({ units, activation: 'softmax' })
const square = (size: number, channels: number): { inputShape: Shape } => ({
  inputShape: [size, size, channels],
})

/** A 3 × 3 convolution with relu that keeps the size, or another window. */
const relu = (filters: number, kernelSize = 3): LayerSpec =>
  conv2d({ filters, kernelSize, padding: 'same', activation: 'relu' })
/** A convolution that a normalisation follows: no bias, no activation. */
const bare = (filters: number, kernelSize = 3, strides = 1): LayerSpec =>
  conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })

type Activate = 'relu' | 'relu6' | 'linear'

/** Builds a graph node after node: `put` adds a layer and returns the name of its output. */
class Wiring {
  readonly #nodes: Record<string, readonly [LayerSpec, ...string[]]> = {}

  put(layer: LayerSpec, ...inputs: string[]): string {
    const name = `${layer.kind}_${Object.keys(this.#nodes).length}`
    this.#nodes[name] = [layer, ...inputs]
    return name
  }

  /** Layers one after the other. */
  chain(input: string, ...layers: readonly LayerSpec[]): string {
    return layers.reduce((at, layer) => this.put(layer, at), input)
  }

  /** Convolution, batch normalisation, activation. */
  unit(input: string, layer: LayerSpec, activate: Activate = 'relu'): string {
    const normal = this.chain(input, layer, batchNormalization())
    return activate === 'linear' ? normal : this.put(activation({ activation: activate }), normal)
  }

  model(last: string, inputShape: Shape, classes = 10): ModelSpec {
    this.put(softmax(classes), last)
    return graph(this.#nodes, { inputShape })
  }
}

/** Sequential blocks of convolution, batch normalisation and relu. */
const normalised = (layer: LayerSpec): LayerSpec[] => [
  layer,
  batchNormalization(),
  activation({ activation: 'relu' }),
]

function vgg11(): ModelSpec {
  const blocks = [[64], [128], [256, 256], [512, 512], [512, 512]]
  const layers = blocks.flatMap(filters => [...filters.flatMap(n => normalised(bare(n))), maxPooling2d()])
  return sequential([...layers, flatten(), softmax(10)], square(32, 3))
}

function allConvolutional(): ModelSpec {
  const layers = [48, 96, 192].flatMap(n => [...normalised(bare(n)), ...normalised(bare(n, 3, 2))])
  return sequential([...layers, globalAveragePooling2d(), softmax(10)], square(32, 3))
}

interface Residual {
  readonly size: number
  /** Filters and number of blocks of each stage; all but the first stage begin with strides of 2. */
  readonly stages: readonly (readonly [filters: number, blocks: number])[]
  /** 7 × 7 with strides of 2 and a pooling, as for large pictures; else 3 × 3. */
  readonly stem: 'large' | 'small'
  readonly bottleneck?: 4
}

/** ResNets (He et al., 2015). */
function resnet({ size, stages, stem, bottleneck }: Residual): ModelSpec {
  const net = new Wiring()
  const first = stages[0]![0]
  let x = net.unit('input', stem === 'large' ? bare(first, 7, 2) : bare(first))
  if (stem === 'large') x = net.put(maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), x)
  let channels = first
  stages.forEach(([filters, blocks], stage) => {
    for (let block = 0; block < blocks; block++) {
      const strides = stage > 0 && block === 0 ? 2 : 1
      const out = filters * (bottleneck ?? 1)
      const same = strides === 1 && channels === out
      const shortcut = same ? x : net.unit(x, bare(out, 1, strides), 'linear')
      const inner = bottleneck
        ? net.unit(net.unit(x, bare(filters, 1)), bare(filters, 3, strides))
        : net.unit(x, bare(filters, 3, strides))
      const sum = net.put(add(), net.unit(inner, bare(out, bottleneck ? 1 : 3), 'linear'), shortcut)
      x = net.put(activation({ activation: 'relu' }), sum)
      channels = out
    }
  })
  return net.model(net.put(globalAveragePooling2d(), x), [size, size, 3])
}

/** Wide ResNet 16 (Zagoruyko and Komodakis, 2016): normalisation and relu before the convolutions. */
function wideResnet(width: number): ModelSpec {
  const net = new Wiring()
  const before = (x: string): string => net.chain(x, batchNormalization(), activation({ activation: 'relu' }))
  let x = net.put(bare(16), 'input')
  ;[16, 32, 64].forEach((base, stage) => {
    for (let block = 0; block < 2; block++) {
      const [filters, strides] = [base * width, stage > 0 && block === 0 ? 2 : 1]
      const ready = before(x)
      const shortcut = block === 0 ? net.put(bare(filters, 1, strides), ready) : x
      const inner = net.put(bare(filters), before(net.put(bare(filters, 3, strides), ready)))
      x = net.put(add(), inner, shortcut)
    }
  })
  return net.model(net.put(globalAveragePooling2d(), before(x)), [32, 32, 3])
}

/** DenseNet (Huang et al., 2016): each convolution adds `growth` channels to those before it. */
function denseNet(blocks: readonly number[], growth: number): ModelSpec {
  const net = new Wiring()
  const ready = (x: string): string => net.chain(x, batchNormalization(), activation({ activation: 'relu' }))
  let channels = 2 * growth
  let x = net.put(bare(channels), 'input')
  blocks.forEach((layers, block) => {
    for (let i = 0; i < layers; i++, channels += growth)
      x = net.put(concatenate(), x, net.put(bare(growth), ready(x)))
    if (block < blocks.length - 1) x = net.put(averagePooling2d(), net.put(bare(channels, 1), ready(x)))
  })
  return net.model(net.put(globalAveragePooling2d(), ready(x)), [32, 32, 3])
}

type Stage = readonly [expand: number, filters: number, blocks: number, strides: number, window: number]

/** Inverted residuals: MobileNetV2 (Sandler et al., 2018) and EfficientNet-Lite (2020). */
function inverted(
  stages: readonly Stage[],
  options: { readonly size: number; readonly stem: number; readonly top: number },
): ModelSpec {
  const net = new Wiring()
  let channels = options.stem
  let x = net.unit('input', bare(channels, 3, 2), 'relu6')
  for (const [expand, filters, blocks, first, kernelSize] of stages) {
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 ? first : 1
      const wide = expand === 1 ? x : net.unit(x, bare(expand * channels, 1), 'relu6')
      const depthwise = depthwiseConv2d({ kernelSize, strides, padding: 'same', useBias: false })
      const narrow = net.unit(net.unit(wide, depthwise, 'relu6'), bare(filters, 1), 'linear')
      x = strides === 1 && channels === filters ? net.put(add(), x, narrow) : narrow
      channels = filters
    }
  }
  x = net.put(globalAveragePooling2d(), net.unit(x, bare(options.top, 1), 'relu6'))
  return net.model(net.put(dropout({ rate: 0.2 }), x), [options.size, options.size, 3])
}

/** ConvNeXt (Liu et al., 2022), small. */
function convNeXt(): ModelSpec {
  const net = new Wiring()
  const patches = (x: string, filters: number, size: number): string =>
    net.put(conv2d({ filters, kernelSize: size, strides: size }), x)
  let x = net.put(layerNormalization(), patches('input', 48, 4))
  ;[48, 96, 192].forEach((filters, stage) => {
    if (stage > 0) x = patches(net.put(layerNormalization(), x), filters, 2)
    for (let block = 0; block < [2, 2, 4][stage]!; block++) {
      const inner = net.chain(
        x,
        depthwiseConv2d({ kernelSize: 7, padding: 'same' }),
        layerNormalization(),
        conv2d({ filters: 4 * filters, kernelSize: 1, activation: 'gelu' }),
        conv2d({ filters, kernelSize: 1 }),
      )
      x = net.put(add(), x, inner)
    }
  })
  return net.model(net.chain(x, globalAveragePooling2d(), layerNormalization()), [64, 64, 3])
}

const four = (a: number, b: number, c: number, d: number): Residual['stages'] => [
  [64, a],
  [128, b],
  [256, c],
  [512, d],
]

export default experiment({
  name: 'zoo',
  data: fashionMnistMini(),
  models: {
    'mnist-convnet': sequential(
      [
        conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
        maxPooling2d(),
        conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
        maxPooling2d(),
        flatten(),
        dropout({ rate: 0.5 }),
        softmax(10),
      ],
      square(28, 1),
    ),
    'lenet-5': sequential(
      [
        conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'tanh' }),
        averagePooling2d(),
        conv2d({ filters: 16, kernelSize: 5, activation: 'tanh' }),
        averagePooling2d(),
        flatten(),
        dense({ units: 120, activation: 'tanh' }),
        dense({ units: 84, activation: 'tanh' }),
        softmax(10),
      ],
      square(28, 1),
    ),
    flowers: sequential(
      [
        ...[16, 32, 64].flatMap(filters => [relu(filters), maxPooling2d()]),
        flatten(),
        dense({ units: 128, activation: 'relu' }),
        softmax(5),
      ],
      square(180, 3),
    ),
    'dense-512-512': sequential(
      [
        flatten(),
        dense({ units: 512, activation: 'relu' }),
        dropout({ rate: 0.2 }),
        dense({ units: 512, activation: 'relu' }),
        dropout({ rate: 0.2 }),
        softmax(10),
      ],
      square(28, 1),
    ),
    'five-by-five': sequential(
      [
        relu(32, 5),
        maxPooling2d(),
        relu(64, 5),
        maxPooling2d(),
        flatten(),
        dense({ units: 1024, activation: 'relu' }),
        dropout({ rate: 0.4 }),
        softmax(10),
      ],
      square(28, 1),
    ),
    'vgg-11-bn': vgg11(),
    'all-convolutional': allConvolutional(),
    'resnet-20': resnet({
      size: 32,
      stem: 'small',
      stages: [
        [16, 3],
        [32, 3],
        [64, 3],
      ],
    }),
    'resnet-18': resnet({ size: 32, stem: 'small', stages: four(2, 2, 2, 2) }),
    'resnet-34': resnet({ size: 64, stem: 'large', stages: four(3, 4, 6, 3) }),
    'resnet-50': resnet({ size: 64, stem: 'large', stages: four(3, 4, 6, 3), bottleneck: 4 }),
    'mobilenet-v2': inverted(
      [
        [1, 8, 1, 1, 3],
        [6, 12, 2, 2, 3],
        [6, 16, 3, 2, 3],
        [6, 32, 4, 2, 3],
        [6, 48, 3, 1, 3],
        [6, 80, 3, 2, 3],
        [6, 160, 1, 1, 3],
      ],
      { size: 64, stem: 16, top: 640 },
    ),
    densenet: denseNet([6, 6, 6], 12),
    'efficientnet-lite0': inverted(
      [
        [1, 16, 1, 1, 3],
        [6, 24, 2, 2, 3],
        [6, 40, 2, 2, 5],
        [6, 80, 3, 2, 3],
        [6, 112, 3, 1, 5],
        [6, 192, 4, 2, 5],
        [6, 320, 1, 1, 3],
      ],
      { size: 128, stem: 32, top: 1280 },
    ),
    convnext: convNeXt(),
    'wide-resnet': wideResnet(2),
  },
  train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 1 },
})
