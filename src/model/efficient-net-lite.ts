import { integer, type Options, optional, parseOptions } from '../base/schema.ts'
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  globalAveragePooling2d,
  type LayerSpec,
  rescaling,
} from '../nn/layers/index.ts'
import { graph, INPUT, type ModelSpec } from './graph.ts'

/** By variant: factors of the channels and of the repeats, height and width of the input, and the rate of the dropout. */
const VARIANTS = [
  { width: 1, depth: 1, size: 224, rate: 0.2 },
  { width: 1, depth: 1.1, size: 240, rate: 0.2 },
  { width: 1.1, depth: 1.2, size: 260, rate: 0.3 },
  { width: 1.2, depth: 1.4, size: 280, rate: 0.3 },
  { width: 1.4, depth: 1.8, size: 300, rate: 0.3 },
] as const

/** The stages before they are scaled. */
const STAGES = [
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 1, filters: 16 },
  { repeats: 2, kernelSize: 3, strides: 2, expansion: 6, filters: 24 },
  { repeats: 2, kernelSize: 5, strides: 2, expansion: 6, filters: 40 },
  { repeats: 3, kernelSize: 3, strides: 2, expansion: 6, filters: 80 },
  { repeats: 3, kernelSize: 5, strides: 1, expansion: 6, filters: 112 },
  { repeats: 4, kernelSize: 5, strides: 2, expansion: 6, filters: 192 },
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 6, filters: 320 },
] as const

const STEM_FILTERS = 32
const TOP_FILTERS = 1280

const fields = {
  /** The size of the network, from 0 to 4. Default 0. */
  variant: integer(0, { min: 0, max: VARIANTS.length - 1 }),
  /** The number of outputs. Default 1000, the classes of ImageNet. */
  classes: integer(1000),
  /** Height and width of its pictures; null: those that the variant was trained with, 224 to 300. Default null. */
  imageSize: optional(integer()),
}

export interface EfficientNetLiteOptions extends Options<typeof fields> {}

type Nodes = Record<string, readonly [layer: LayerSpec, ...inputs: string[]]>

/**
 * EfficientNet-Lite: inverted residual blocks with ReLU6 and without squeeze-and-excitation, in five sizes. Layers have the
 * names of Keras' EfficientNet: `block2a_expand_conv`, …; `avg_pool` has the 1280 features of a picture, `predictions` the classes.
 *
 * In `[imageSize, imageSize, 3]` with pixels from 0 to 1, which it scales to −1 to 1; out `[classes]`, probabilities.
 * Throws a `UsageError` for an option out of range.
 * Source: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite; Tan and Le (2019), https://arxiv.org/abs/1905.11946.
 *
 * @example
 * buildModel(efficientNetLite({ variant: 0 })).parameterCount // 4694024
 */
export function efficientNetLite(options: EfficientNetLiteOptions = {}): ModelSpec {
  const { variant, classes, imageSize } = parseOptions('efficientNetLite', fields, options)
  const { width, depth, size, rate } = VARIANTS[variant]!
  const nodes: Nodes = {
    rescaling: [rescaling({ scale: 2, offset: -1 }), INPUT],
    stem_conv: [conv2d({ ...plain, filters: STEM_FILTERS, kernelSize: 3, strides: 2 }), 'rescaling'],
    ...normalized('stem', 'stem_conv'),
  }
  let previous = { name: 'stem_activation', filters: STEM_FILTERS }
  STAGES.forEach(({ repeats, strides, filters, ...stage }, i) => {
    const isEnd = i === 0 || i === STAGES.length - 1
    const count = isEnd ? repeats : Math.ceil(repeats * depth)
    for (let j = 0; j < count; j++) {
      const block = { ...stage, strides: j === 0 ? strides : 1, filters: multipleOf8(filters * width) }
      const name = `block${i + 1}${String.fromCharCode(LETTER_A + j)}`
      previous = addBlock(nodes, { name, ...block }, previous)
    }
  })
  return graph(
    {
      ...nodes,
      top_conv: [conv2d({ ...plain, filters: TOP_FILTERS, kernelSize: 1 }), previous.name],
      ...normalized('top', 'top_conv'),
      avg_pool: [globalAveragePooling2d(), 'top_activation'],
      top_dropout: [dropout({ rate }), 'avg_pool'],
      predictions: [dense({ units: classes, activation: 'softmax' }), 'top_dropout'],
    },
    { inputShape: [imageSize ?? size, imageSize ?? size, 3] },
  )
}

const LETTER_A = 97

/** All convolutions have these options. None has a bias: the normalisation behind it does. */
const plain = { padding: 'same', useBias: false } as const

interface Block {
  readonly name: string
  readonly kernelSize: number
  readonly strides: number
  readonly expansion: number
  readonly filters: number
}

type Output = { readonly name: string; readonly filters: number }

/** More channels, a convolution of each by itself, and fewer channels, which are not cut off; returns the node with the result. */
function addBlock(
  nodes: Nodes,
  { name, kernelSize, strides, expansion, filters }: Block,
  input: Output,
): Output {
  let wide = input.name
  if (expansion > 1) {
    const expanded = `${name}_expand_conv`
    nodes[expanded] = [conv2d({ ...plain, filters: expansion * input.filters, kernelSize: 1 }), wide]
    Object.assign(nodes, normalized(`${name}_expand`, expanded))
    wide = `${name}_expand_activation`
  }
  nodes[`${name}_dwconv`] = [depthwiseConv2d({ ...plain, kernelSize, strides }), wide]
  Object.assign(nodes, normalized(name, `${name}_dwconv`))
  const projected = `${name}_project_bn`
  nodes[`${name}_project_conv`] = [conv2d({ ...plain, filters, kernelSize: 1 }), `${name}_activation`]
  nodes[projected] = [batchNormalization(), `${name}_project_conv`]
  if (strides > 1 || filters !== input.filters) return { name: projected, filters }
  nodes[`${name}_add`] = [add(), projected, input.name]
  return { name: `${name}_add`, filters }
}

function normalized(name: string, convolution: string): Nodes {
  return {
    [`${name}_bn`]: [batchNormalization(), convolution],
    [`${name}_activation`]: [activation({ activation: 'relu6' }), `${name}_bn`],
  }
}

/** The nearest one, and never less than 90 % of `filters`. */
function multipleOf8(filters: number): number {
  const nearest = Math.max(8, Math.floor((filters + 4) / 8) * 8)
  return nearest < 0.9 * filters ? nearest + 8 : nearest
}
