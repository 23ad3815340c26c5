import { turnsOf } from '../../data/augment/index.ts'
import { countLabels } from '../../data/labels.ts'
import { optimizers } from '../../nn/optimizers/index.ts'
import { learningRateAt } from '../../nn/schedules/schedule.ts'
import { type CallbackSpec, definitionOf } from '../../train/callbacks/index.ts'
import type { LintedModel } from './linted-model.ts'
import type { Rule } from './rule.ts'

/** Whether pixels pass a layer that brings them into range before any weights see them. */
function scales(model: LintedModel): boolean {
  const seen = (layers: LintedModel['layers']): boolean =>
    layers.every(
      layer =>
        layer.role === 'scaling' ||
        layer.role === 'normalization' ||
        (layer.role !== 'weights' && layer.role !== 'merge' && seen(model.readersOf(layer))),
    )
  return model.first.length > 0 && seen(model.first)
}

/** Activations of which the output is larger by as much as the input. */
const HOMOGENEOUS = ['linear', 'relu', 'leakyRelu']

/** Whether a normalization comes before the second layer with weights: it takes the size of the first one's outputs away again. */
function isNormalizedAfterwards(model: LintedModel): boolean {
  const meets = (layers: LintedModel['layers'], weights: number): boolean =>
    layers.length > 0 &&
    layers.every(layer => {
      if (layer.role === 'normalization') return true
      const passed = weights + (layer.role === 'weights' ? 1 : 0)
      if (passed > 1 || layer.role === 'merge' || !HOMOGENEOUS.includes(layer.activation)) return false
      return meets(model.readersOf(layer), passed)
    })
  return meets(model.first, 0)
}

const pixelRange: Rule = {
  id: 'pixel-range',
  why:
    'Initial weights are drawn for inputs around 1. Pixels up to 255 make the first outputs, and their gradients, hundreds of ' +
    'times too large.',
  *check({ model, train }) {
    if (train.pixelRange === 'raw' && !scales(model)) {
      const normalized = isNormalizedAfterwards(model)
      yield {
        severity: normalized ? 'warning' : 'error',
        layer: null,
        message: normalized
          ? 'The network is given pixels from 0 to 255. The normalization after its first layer undoes most of the harm.'
          : 'The network is given pixels from 0 to 255, and no layer scales them.',
        fix: "Leave pixelRange out (it is 'unit', 0 to 1), or begin with rescaling({ scale: 1 / 255 }).",
      }
    }
    const shrinks = model.first.find(({ layer }) => ((layer as { scale?: number }).scale ?? 1) < 0.05)
    if (train.pixelRange === 'unit' && shrinks) {
      yield {
        severity: 'error',
        layer: shrinks.name,
        message: `Pixels are from 0 to 1 already, and "${shrinks.name}" makes them smaller again.`,
        fix: `Remove "${shrinks.name}", or set pixelRange: 'raw'.`,
      }
    }
  },
}

/** As often as a schedule is asked for its rate. */
const LOOKS = 100

const slowOptimizer: Rule = {
  id: 'slow-optimizer',
  why:
    "Keras' default rate of Adadelta and Adagrad is 0.001, a thousandth and a tenth of what their authors used: reports 000 and " +
    '001 lost 10 points of accuracy to it.',
  *check({ train: { optimizer, epochs, batchSize }, data }) {
    const steps = epochs * Math.ceil(data.train.count / batchSize)
    const rates = Array.from({ length: LOOKS }, (_, i) =>
      learningRateAt(optimizer.learningRate, Math.floor((i * steps) / LOOKS)),
    )
    const highest = Math.max(...rates)
    const momentum = 'momentum' in optimizer ? optimizer.momentum : 0
    const effective = highest / Math.max(1 - momentum, 0.01)
    const { slowBelow } = optimizers.of(optimizer)
    if (effective >= slowBelow) return
    yield {
      severity: 'warning',
      layer: null,
      message: `${optimizer.kind} with a learning rate of ${highest} is known to be slow: ${steps} steps will not take it far.`,
      fix: `Use adam(), or a learning rate of ${10 * slowBelow}.`,
    }
  },
}

const validationOnTest: Rule = {
  id: 'validation-on-test',
  why:
    'If you choose an epoch, a model or a rate by the test images, they become training data: the test accuracy is then ' +
    'too high, by an unknown amount.',
  *check({ train: { validationData, callbacks } }) {
    if (validationData !== 'test') return
    const choice = (callback: CallbackSpec): string | null =>
      definitionOf(callback).chooses?.(callback) ?? null
    const chooser = callbacks.find(callback => choice(callback) !== null)
    yield {
      severity: chooser ? 'error' : 'warning',
      layer: null,
      message: chooser
        ? `${chooser.kind} chooses ${choice(chooser)} by the test images.`
        : 'The test images are the validation data: nothing may be chosen by what the epochs show.',
      fix: 'Use validationSplit: 0.1 in place of validationData.',
    }
  },
}

/** Classes of up to this ratio do not need weights. */
const BALANCED = 3

const unbalancedClasses: Rule = {
  id: 'unbalanced-classes',
  why:
    'A network that never predicts a rare class loses little accuracy by it. Accuracy then says little; recall by class and its mean say ' +
    'more.',
  *check({ train, data }) {
    const counts = countLabels(data.train.labels, data.classNames.length)
    const [most, least] = [Math.max(...counts), Math.min(...counts)]
    if (most <= BALANCED * least || train.classWeight) return
    const [large, small] = [counts.indexOf(most), counts.indexOf(least)].map(label => data.classNames[label]!)
    yield {
      severity: 'warning',
      layer: null,
      message: `${large} has ${most} training images, ${small} ${least}${least > 0 ? `: ${(most / least).toFixed(1)} times as many` : ''}.`,
      fix:
        least > 0
          ? `Weigh the classes, as in classWeight: { ${JSON.stringify(small)}: ${(most / least).toFixed(1)} }, and read the macro average.`
          : `Add images of ${small}, or leave the class out with relabel().`,
    }
  },
}

const idleAugmentation: Rule = {
  id: 'idle-augmentation',
  why: 'In a report, an augmentation that changes nothing looks like one that does not help.',
  *check({ train: { augmentation } }) {
    for (const [i, spec] of augmentation.entries()) {
      const { probability, factor } = spec as {
        readonly probability?: number
        readonly factor?: readonly number[] | number
      }
      const still =
        probability === 0 || factor === 0 || (Array.isArray(factor) && factor.every(value => value === 0))
      if (!still) continue
      yield {
        severity: 'warning',
        layer: null,
        message: `augmentation[${i}], ${spec.kind}, never changes an image: ${probability === 0 ? 'its probability is 0' : 'its range is 0'}.`,
        fix: 'Remove it, or give it a range; `heddle data augment` shows what it makes of images.',
      }
    }
  },
}

const upsideDown: Rule = {
  id: 'augmentation-unlike-test',
  why:
    'Training images that never look like test images cost accuracy: report 003 turned clothes upside down and lost 1 to 1.5 ' +
    'points.',
  *check({ train: { augmentation } }) {
    for (const spec of augmentation.filter(one => turnsOf(one) > 0.25)) {
      yield {
        severity: 'warning',
        layer: null,
        message: `${spec.kind} turns training images upside down or by more than a quarter, and test images stand upright.`,
        fix:
          "Turn them less, as randomFlip({ mode: 'horizontal' }) and randomRotation({ factor: 0.1 }) do, unless your images " +
          'have no top.',
      }
    }
  },
}

export const trainingRules: readonly Rule[] = [
  pixelRange,
  slowOptimizer,
  validationOnTest,
  unbalancedClasses,
  idleAugmentation,
  upsideDown,
]
