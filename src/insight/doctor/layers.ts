import { extentOf, type LintedLayer, type LintedModel } from './linted-model.ts'
import type { Rule } from './rule.ts'

const linearStack: Rule = {
  id: 'linear-stack',
  why:
    'Two linear layers with nothing between them are one linear layer with more parameters; max pooling alone makes a network ' +
    'only slightly non-linear.',
  *check({ model }) {
    for (const layer of model.layers.filter(isLinear)) {
      const reached = nextWeights(model, layer)
      if (!reached) continue
      const { next, pooled } = reached
      yield {
        severity: pooled ? 'warning' : 'error',
        layer: layer.name,
        message: pooled
          ? `Between "${layer.name}" and "${next.name}" max pooling is the only non-linearity: the layer has no activation.`
          : `There is no activation between "${layer.name}" and "${next.name}": together they are one linear layer.`,
        fix: `Give "${layer.name}" activation: 'relu'.`,
      }
    }
  },
}

/** Layers with weights whose activation is missing without need: not those that are one half of a known pair. */
function isLinear(layer: LintedLayer): boolean {
  if (layer.role !== 'weights' || layer.activation !== 'linear') return false
  const [input] = layer.inputShapes
  const kernel = layer.parameters.find(({ name }) => name === 'kernel')
  const channels = input!.at(-1)!
  const { window } = layer
  // A depthwise convolution is completed by the pointwise one behind it.
  const depthwise = window !== 'all' && channels > 1 && kernel?.shape.at(-1) === 1
  // A pointwise convolution to fewer channels is a linear bottleneck (MobileNetV2).
  const pointwise =
    window !== null && window !== 'all' && extentOf(input!).every((_, axis) => window.size[axis] === 1)
  return !depthwise && !(pointwise && layer.outputShape.at(-1)! < channels)
}

/** The next layer with weights that is reached without an activation or a merge, and whether max pooling lies before it. */
function nextWeights(
  model: LintedModel,
  from: LintedLayer,
  pooled = false,
): { readonly next: LintedLayer; readonly pooled: boolean } | null {
  for (const reader of model.readersOf(from)) {
    if (reader.role === 'weights') return { next: reader, pooled }
    if (reader.role === 'activation' || reader.role === 'merge') continue
    const max = reader.role === 'pooling' && reader.className.includes('Max')
    const found = nextWeights(model, reader, pooled || max)
    if (found) return found
  }
  return null
}

const idlePooling: Rule = {
  id: 'idle-pooling',
  why: 'A pooling whose window is one position pools nothing.',
  *check({ model }) {
    for (const { name, role, window, inputShapes, outputShape } of model.layers) {
      const input = inputShapes[0]!
      if (role !== 'pooling' || window === null || window === 'all') continue
      if (!extentOf(input).every((_, axis) => window.size[axis] === 1)) continue
      yield {
        severity: 'warning',
        layer: name,
        message: `"${name}" pools over windows of 1: ${String(input) === String(outputShape) ? 'it changes nothing' : 'it only leaves positions out'}.`,
        fix: `Take "${name}" away, or give it poolSize: 2.`,
      }
    }
  },
}

/** More than this share of an axis is too much to lose by rounding. */
const LOST = 0.25

const droppedPositions: Rule = {
  id: 'dropped-positions',
  why: 'Without padding, the pixels left over at the right and the bottom of an image are ignored.',
  *check({ model }) {
    for (const layer of model.layers) {
      const { window } = layer
      if (window === null || window === 'all' || layer.role === 'shape') continue
      const [before, after] = [extentOf(layer.inputShapes[0]!), extentOf(layer.outputShape)]
      const used = before.map((_, axis) => (after[axis]! - 1) * window.strides[axis]! + window.size[axis]!)
      const axis = used.findIndex((length, i) => before[i]! - length > LOST * before[i]!)
      if (axis < 0) continue
      const unit = before.length === 1 ? 'steps' : axis === 0 ? 'rows' : 'columns'
      yield {
        severity: 'warning',
        layer: layer.name,
        message: `"${layer.name}" looks at ${used[axis]} of ${before[axis]} ${unit}: its windows of ${window.size[axis]} leave ${before[axis]! - used[axis]!} out.`,
        fix: `Choose a window that divides ${before[axis]} better, or padding: 'same'.`,
      }
    }
  },
}

/** Windows of up to this size are usual on images of any size. */
const USUAL_WINDOW = 3

const kernelAgainstImage: Rule = {
  id: 'kernel-against-image',
  why:
    'A window of more than half of its input sees nearly the same at each place: it costs like a convolution and learns like a ' +
    'dense layer.',
  *check({ model }) {
    for (const layer of model.layers) {
      const { window } = layer
      if (layer.role !== 'weights' || window === null || window === 'all') continue
      const extent = extentOf(layer.inputShapes[0]!)
      const axis = extent.findIndex((length, i) => {
        const size = window.size[i]!
        return size > USUAL_WINDOW && size > length / 2 && size !== length
      })
      if (axis < 0) continue
      yield {
        severity: 'warning',
        layer: layer.name,
        message: `The windows of "${layer.name}" are ${window.size[axis]} long on an input of ${extent[axis]}.`,
        fix: 'Use a smaller kernelSize (two of 3 see as far as one of 5), or pool less before it.',
      }
    }
  },
}

const receptiveField: Rule = {
  id: 'receptive-field',
  why:
    'Global pooling keeps what its input has found, and drops where. If no position has seen half of the image, the network cannot ' +
    'see the shape of the whole.',
  *check({ model }) {
    for (const layer of model.layers) {
      // In a sequence, a rhythm may be the whole pattern.
      if (layer.role !== 'pooling' || layer.window !== 'all' || layer.inputShapes[0]!.length !== 3) continue
      const [before] = model.inputsOf(layer)
      const seen = before?.receptiveField ?? [1, 1]
      const image = extentOf(model.inputShape)
      if (seen.every((field, axis) => field >= image[axis]! / 2)) continue
      yield {
        severity: 'warning',
        layer: layer.name,
        message: `What "${layer.name}" pools has seen ${seen.join(' × ')} of ${image.join(' × ')} pixels: less than half.`,
        fix: 'Add convolutions or poolings before it, or use flatten() and a dense layer.',
      }
    }
  },
}

const dropoutBeforeNormalization: Rule = {
  id: 'dropout-before-batch-normalization',
  why:
    'Dropout makes values vary more in training than in testing; batch normalisation learns the one variance and is tested on ' +
    'the other. Li et al. (2018), https://arxiv.org/abs/1801.05134.',
  *check({ model }) {
    const moves = ({ role, parameters }: LintedLayer): boolean =>
      role === 'normalization' && parameters.some(({ trainable }) => trainable === false)
    for (const layer of model.layers.filter(({ role }) => role === 'dropout')) {
      const reader = model.readersOf(layer).find(moves)
      if (!reader) continue
      yield {
        severity: 'warning',
        layer: reader.name,
        message: `"${reader.name}" normalises what "${layer.name}" has thinned out: its moving variance is not that of testing.`,
        fix: `Place "${layer.name}" after "${reader.name}", or before the last dense layer only.`,
      }
    }
  },
}

export const layerRules: readonly Rule[] = [
  linearStack,
  idlePooling,
  droppedPositions,
  kernelAgainstImage,
  receptiveField,
  dropoutBeforeNormalization,
]
