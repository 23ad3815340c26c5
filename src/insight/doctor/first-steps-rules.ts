import { percent } from '../../base/text.ts'
import { losses } from '../../nn/losses/loss.ts'
import type { FirstSteps, LayerGradient } from './first-steps.ts'
import { headOf } from './linted-model.ts'
import type { Rule } from './rule.ts'

/** In sound networks up to half of a layer's units may be idle for such images; with fewer than one in five active, the layer is dead. */
const MOSTLY_DEAD = 0.8
/** Sound networks begin with gradients of 0.001 to 2 of their weights' length. */
const EXPLODING = 10
/** As a share of the longest gradient of all layers. */
const VANISHING = 1e-4
const ABOVE_CHANCE = 1.05
/** Not reported if accuracy is already this many times chance: the loss is high only because the network is overconfident, as happens early with a high learning rate. */
const ON_ITS_WAY = 3
/** Standard errors: one network in a thousand is this unlucky. */
const FAR = 3
const MANY_CLIPPED = 0.05

const lossNotFinite: Rule<FirstSteps> = {
  id: 'loss-not-finite',
  why: 'If the loss is not a finite number there are no gradients, and training stops.',
  *check({ failure: message }) {
    if (message === null) return
    const fix = 'Fix the other findings first, then lower the learning rate.'
    yield { severity: 'error', layer: null, message, fix }
  },
}

const deadUnits: Rule<FirstSteps> = {
  id: 'dead-units',
  why: 'A relu that is zero for every image has no gradient, so its weights never change again.',
  *check({ model, activities, steps, lookedAt }) {
    for (const { layer, dead, units } of activities) {
      const isHead = layer === headOf(model).layer.name
      if (dead <= (isHead ? 0 : MOSTLY_DEAD * units)) continue
      yield {
        severity: isHead || dead === units ? 'error' : 'warning',
        layer,
        message:
          `After ${steps} steps ${dead} of the ${units} units of "${layer}" are zero for all of ${lookedAt} training images` +
          `${isHead ? ': these classes can never be predicted' : ''}.`,
        fix: isHead
          ? "Give the last layer activation: 'softmax', or none and the loss fromLogits: true."
          : "Lower the learning rate, use leakyRelu, or kernelInitializer: 'heNormal'.",
      }
    }
  },
}

/** The larger of both looks; a training that broke off had but one. */
function largest({ first, last }: LayerGradient): number {
  return Number.isNaN(last) ? first : Math.max(first, last)
}

const times = (value: number): string => String(Number(value.toPrecision(2)))

const explodingGradients: Rule<FirstSteps> = {
  id: 'exploding-gradients',
  why: 'If the gradient is much larger than the weights, one step overwrites what they have learned.',
  *check({ gradients }) {
    const [worst, ...others] = gradients
      .filter(gradient => largest(gradient) > EXPLODING)
      .sort((a, b) => largest(b) - largest(a))
    if (!worst) return
    const also = others.length > 0 ? ` (and of ${others.map(({ layer }) => `"${layer}"`).join(', ')})` : ''
    yield {
      severity: 'error',
      layer: worst.layer,
      message: `The gradient of "${worst.layer}"${also} is ${times(largest(worst))} times as long as its weights.`,
      fix: "Scale the pixels (pixelRange: 'unit'), put batchNormalization() between the layers, or look at the head.",
    }
  },
}

const vanishingGradients: Rule<FirstSteps> = {
  id: 'vanishing-gradients',
  why: 'A layer that gets hardly any gradient keeps its initial weights: only the layers behind it learn.',
  *check({ gradients }) {
    const most = Math.max(...gradients.map(largest))
    for (const gradient of gradients) {
      const { layer } = gradient
      const [length, share] = [largest(gradient), largest(gradient) / most]
      if (length !== 0 && !(share < VANISHING)) continue
      yield {
        severity: 'warning',
        layer,
        message:
          length === 0
            ? `No gradient at all reaches "${layer}".`
            : `Relative to its weights, the gradient of "${layer}" is ${times(share)} of the largest that a layer has.`,
        fix: "Use activation: 'relu' in place of sigmoid and tanh, batchNormalization(), or a shortcut with add().",
      }
    }
  },
}

const lossAboveChance: Rule<FirstSteps> = {
  id: 'loss-above-chance',
  why: 'A network that gives every class the same probability for every image has a loss of ln(classes).',
  *check({ loss, accuracy, classCount, steps, failure, train }) {
    // Weighted losses and squares have another scale.
    if (failure !== null || train.classWeight || losses.of(train.loss).head !== 'softmax') return
    const chance = Math.log(classCount)
    if (loss <= ABOVE_CHANCE * chance || accuracy > ON_ITS_WAY / classCount) return
    yield {
      severity: 'warning',
      layer: null,
      message: `After ${steps} steps the loss is ${loss.toFixed(2)}; guessing has a loss of ${chance.toFixed(2)}.`,
      fix: 'Scale the pixels, look at the head, or use adam() with a rate of 0.001.',
    }
  },
}

const accuracyBelowChance: Rule<FirstSteps> = {
  id: 'accuracy-below-chance',
  why: 'A network that is wrong more often than guessing has learned something, but its answers are turned around.',
  *check({ accuracy, examples, classCount, steps }) {
    const chance = 1 / classCount
    const error = Math.sqrt((chance * (1 - chance)) / examples)
    if (examples === 0 || accuracy >= chance - FAR * error) return
    yield {
      severity: 'error',
      layer: null,
      message: `After ${steps} steps ${percent(accuracy, 1)} are right; guessing gets ${percent(chance, 1)}.`,
      fix: 'Look at the head and at the labels: an output that is not a probability can turn the order of the classes around.',
    }
  },
}

const clippedSamples: Rule<FirstSteps> = {
  id: 'clipped-samples',
  why: 'Probabilities are clipped at 1e-7. An image at that limit has the loss 16.1 and no gradient: the network learns nothing from it.',
  *check({ model, train: { loss }, outputs, steps }) {
    if (!('fromLogits' in loss) || loss.fromLogits) return
    const { layer, activation } = headOf(model)
    // Keras' shortcut works on the logits behind these.
    if (loss.semantics === 'shortcut' && (activation === 'softmax' || activation === 'sigmoid')) return
    if (outputs.clipped < MANY_CLIPPED) return
    const negative =
      outputs.negativeSums > 0
        ? `; the outputs of ${percent(outputs.negativeSums, 0)} add up to less than 0`
        : ''
    yield {
      severity: 'error',
      layer: layer.name,
      message: `After ${steps} steps the label's probability is pinned at the clip for ${percent(outputs.clipped, 0)} of the images${negative}.`,
      fix: "Give the last layer activation: 'softmax', or none and the loss fromLogits: true.",
    }
  },
}

/** What is looked for in the first steps of a training. */
export const firstStepsRules: readonly Rule<FirstSteps>[] = [
  lossNotFinite,
  deadUnits,
  explodingGradients,
  vanishingGradients,
  lossAboveChance,
  accuracyBelowChance,
  clippedSamples,
]
