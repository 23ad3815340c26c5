import { sizeOf } from '../../base/shape.ts'
import { classCountOf } from '../../model/model.ts'
import { losses } from '../../nn/losses/loss.ts'
import type { RuleFinding } from '../../protocol/finding.ts'
import { doubleSoftmaxFloor } from '../evaluate/outputs.ts'
import { headOf, isHead } from './linted-model.ts'
import type { Rule } from './rule.ts'

const fixLogits = 'Remove the activation of the last layer, or fromLogits of the loss.'
const softmaxHead = "Give the last layer activation: 'softmax', or none and the loss fromLogits: true."

const lossHead: Rule = {
  id: 'loss-head',
  why:
    'A cross-entropy reads the outputs as probabilities or, with fromLogits, as logits. Other outputs are divided, ' +
    'clipped, and lose their gradient.',
  *check({ model, train: { loss } }) {
    if (!('fromLogits' in loss)) return
    const { layer, activation } = headOf(model)
    if (loss.fromLogits) {
      const problem = logitsProblem(activation, classCountOf(model))
      if (problem) yield { ...problem, layer: layer.name, fix: fixLogits }
      return
    }
    const wanted = losses.of(loss).head
    const other = wanted === 'softmax' ? 'sigmoid' : 'softmax'
    if (activation === wanted) return
    if (activation === other) {
      yield {
        severity: 'warning',
        layer: layer.name,
        message:
          `The head is a ${other}, but ${loss.kind} belongs to a ${wanted}` +
          `${loss.semantics === 'shortcut' ? `: it trains the ${wanted} of the same logits, and predictions pass the ${other}` : ''}` +
          `${other === 'sigmoid' ? '. They do not add up to 1' : ''}.`,
        fix: `Give the last layer activation: '${wanted}'${other === 'sigmoid' ? ', or use binaryCrossentropy' : ', or use categoricalCrossentropy'}.`,
      }
      return
    }
    const how: Readonly<Record<string, string>> = {
      linear: 'of any sign: a negative one is clipped, and what is clipped has no gradient',
      relu: 'zero or more: a unit that is zero for every image never learns again, and a row of zeros has no loss at all',
      tanh: 'from -1 to 1: rows with a negative sum turn the order of the classes around',
    }
    yield {
      severity: 'error',
      layer: layer.name,
      message:
        `${loss.kind} takes the outputs of "${layer.name}" for probabilities, but its activation is ${activation}. They are ` +
        `${how[activation] ?? 'no probabilities: they are divided by their sum, and the negative ones are clipped'}.`,
      fix: softmaxHead,
    }
  },
}

/** What is wrong with outputs that the loss takes for logits. */
function logitsProblem(
  activation: string,
  classes: number,
): Pick<RuleFinding, 'severity' | 'message'> | null {
  if (activation === 'linear') return null
  if (activation === 'softmax') {
    const message =
      `The loss has fromLogits: true and applies a softmax on top of the head's: with ${classes} classes it cannot fall ` +
      `below ${doubleSoftmaxFloor(classes).toFixed(4)}, and its gradients are small.`
    return { severity: 'error', message }
  }
  const bounds: Readonly<Record<string, readonly [string, number]>> = {
    sigmoid: ['0 to 1', 1],
    tanh: ['-1 to 1', 2],
  }
  const bound = bounds[activation]
  if (bound) {
    const most = Math.E ** bound[1] / (Math.E ** bound[1] + classes - 1)
    const message =
      `The loss takes the outputs for logits, but ${activation} keeps them within ${bound[0]}: no class can be given a ` +
      `probability above ${most.toFixed(2)}.`
    return { severity: 'error', message }
  }
  const message = `The loss takes the outputs for logits, but ${activation} cuts off negative ones.`
  return { severity: 'warning', message }
}

const stackedHeads: Rule = {
  id: 'stacked-heads',
  why:
    'Softmax and sigmoid belong at the end of a network: on their way back through them, gradients shrink to a ' +
    'quarter or less.',
  *check({ model }) {
    for (const layer of model.layers) {
      const { name, activation, outputShape } = layer
      if (activation !== 'softmax' && !(activation === 'sigmoid' && outputShape.length === 1)) continue
      const readers = model.readersOf(layer)
      if (isHead(model, layer) && !readers.some(({ role }) => role === 'activation')) continue
      const others = readers.map(reader => `"${reader.name}"`).join(' and ')
      yield {
        severity: 'error',
        layer: name,
        message: `"${name}" ends in ${activation}, but ${others} reads it: one head is stacked on another.`,
        fix: `Take "${name}" away, or give it activation: 'relu' and more units.`,
      }
    }
  },
}

const bottleneckHead: Rule = {
  id: 'bottleneck-head',
  why: 'A later layer cannot bring back what an earlier one has left out.',
  *check({ model }) {
    const outputs = classCountOf(model)
    for (const layer of model.layers) {
      const { name, role, outputShape } = layer
      if (role !== 'weights' || outputShape.length !== 1 || isHead(model, layer)) continue
      if (sizeOf(outputShape) > outputs || outputs <= 2) continue
      yield {
        severity: 'warning',
        layer: name,
        message: `All that the layers after "${name}" know of an image are ${sizeOf(outputShape)} numbers, for ${outputs} outputs.`,
        fix: `Give "${name}" several times as many units, or remove it.`,
      }
    }
  },
}

const outputsUnlikeClasses: Rule = {
  id: 'outputs-unlike-classes',
  why: 'Outputs without a class can only be wrong; classes without an output cannot be predicted.',
  *check({ model, data, train }) {
    const [outputs, classes] = [sizeOf(model.outputShape), data.classNames.length]
    if (outputs === classes) return
    if (outputs === 1 && classes === 2 && train.loss.kind === 'binaryCrossentropy') return
    const last = headOf(model).layer.name
    yield {
      severity: outputs > classes && train.spareOutputs ? 'warning' : 'error',
      layer: last,
      message: `The network has ${outputs} outputs, the data ${classes} classes: ${data.classNames.join(', ')}.`,
      fix: `Give "${last}" ${classes} units.`,
    }
  },
}

export const headRules: readonly Rule[] = [lossHead, stackedHeads, bottleneckHead, outputsUnlikeClasses]
