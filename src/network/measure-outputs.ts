import { UsageError } from '../base/errors.ts'
import { argMax } from '../base/maths.ts'
import { lower } from '../engine/lower.ts'
import type { Model } from '../model/model.ts'
import { type LossSpec, lossKindOf } from '../nn/losses/loss.ts'
import { isInTop, lossOfExample } from '../ops/loss.ts'
import type { Measured } from '../protocol/events.ts'
import { Measurement, type Measuring } from './measure.ts'

/**
 * Metrics of outputs that no single pass of the network made, such as averages, row by row. Throws a `UsageError` for a loss of the
 * program's own, which the engine computes.
 */
export function measureOutputs(
  outputs: Float32Array,
  {
    labels,
    loss,
    measuring,
    model,
  }: {
    readonly labels: Int32Array
    readonly loss: LossSpec
    readonly measuring: Measuring
    readonly model: Model
  },
): Measured {
  const lowered = lower(model, loss)
  // Behind a softmax or sigmoid outputs are probabilities; else they are what the engine measures, for one logit those of two classes.
  const kind = lowered.head === 'none' ? lowered.loss : lossKindOf(loss, false)
  if (kind === 'dot' || outputs.length !== labels.length * measuring.classes) {
    throw new UsageError(
      `Averages of outputs can be measured with a loss of Heddle, and one output for each class; not with ${loss.kind}.`,
    )
  }
  const { classes, topK } = measuring
  const measurement = new Measurement(measuring)
  const smoothing = 'labelSmoothing' in loss ? loss.labelSmoothing : 0
  const gradient = new Float64Array(classes)
  let [sum, correct, topCorrect] = [0, 0, 0]
  labels.forEach((label, i) => {
    const row = outputs.subarray(i * classes, (i + 1) * classes)
    const target = new Float64Array(classes).fill(smoothing / classes)
    target[label]! += 1 - smoothing
    sum += lossOfExample(kind, { outputs: row, target, gradient, weight: 1 / labels.length })
    if (argMax(row) === label) correct++
    if (topK && isInTop(topK, row, label)) topCorrect++
  })
  const counts = { correct: Int32Array.of(correct), topCorrect: Int32Array.of(topCorrect) }
  const result = { steps: 1, losses: Float64Array.of(sum), ...counts, outputs, failure: null }
  const order = Int32Array.from(labels, (_, i) => i)
  measurement.add(result, 0, { order, labels, batchSize: labels.length })
  return measurement.value
}
