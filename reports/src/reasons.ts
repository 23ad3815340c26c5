import { trainingOf } from 'heddle'
import { deadOutputsLoss, doubleSoftmaxFloor } from 'heddle/analysis'
import { plural } from 'heddle/show'
import type { CompareOptions, Comparison } from './comparison.ts'
import { valuesWith } from './origins.ts'
import { type Judgement, measures, nearestEpoch } from './verdict.ts'

/** −ln(1e-7): what an example costs whose probability is at the clip. */
const CLIP_LOSS = -Math.log(1e-7)

/** Each reason has its condition; what it says is taken from the runs, the experiment and the report. */
export function reasons(comparison: Omit<Comparison, 'why'>, options: CompareOptions): string[] {
  const { failures, runs } = comparison
  return [
    ...(options.quick || runs.length === 0 ? [] : comparison.judgements.map(judgementText)),
    ...(options.quick || runs.length === 0 ? [] : anotherTraining(comparison, options)),
    ...failures.map(({ stored, failed }) => `Seed ${stored.seed} failed: ${failed}`),
    ...origins(comparison),
    ...(runs.length > 0 ? observations(comparison, options) : []),
  ]
}

const outcomes: Readonly<Record<Judgement['outcome'], string>> = {
  within: 'within noise',
  better: 'better by more than that',
  worse: 'worse by more than that',
  open: 'too much to settle anything',
}

/** `Test accuracy: printed 0.7970, here 0.7118 ± 0.0042 (3 seeds); …` */
function judgementText({ name, reported, here, difference, width, outcome }: Judgement): string {
  const spread = here.n > 1 ? ` ± ${here.std.toFixed(4)} (${here.n} seeds)` : ' (1 seed)'
  const apart = difference >= 0 ? `+${difference.toFixed(4)}` : `−${Math.abs(difference).toFixed(4)}`
  const noise = here.n > 1 ? 'Seeds, images and rounding' : 'Images and rounding'
  const chance = !Number.isFinite(difference)
    ? 'It is not a number in every run.'
    : width === null
      ? 'One seed shows no noise to hold that against.'
      : `${noise} explain up to ±${width.toFixed(4)} (95 %): ${outcomes[outcome]}.`
  return `${name[0]!.toUpperCase()}${name.slice(1)}: printed ${reported}, here ${here.mean.toFixed(4)}${spread}, ${apart}. ${chance}`
}

/** Whether another number of epochs would have the printed numbers. */
function anotherTraining(
  { verdict, judgements, runs }: Omit<Comparison, 'why'>,
  { report }: CompareOptions,
): string[] {
  if (!['better', 'worse', 'mixed', 'different'].includes(verdict.kind)) return []
  const own =
    report.trainMeasure === 'evaluate' ? judgements.filter(({ name }) => measures[name].isTest) : judgements
  const epoch = nearestEpoch(
    own,
    runs.map(({ run }) => run.history),
  )
  const epochs = runs[0]!.epochMs.length
  return [
    epoch === null
      ? `None of the ${plural(epochs, 'epoch')} of any seed has the printed numbers together (accuracies within 2 points, losses within 5 %).`
      : `After epoch ${epoch} of ${epochs} the printed numbers are met (accuracies within 2 points, losses within 5 %).`,
  ]
}

/** For every verdict: agreement with numbers that a value was chosen by proves nothing about that value. */
function origins({ settings }: Omit<Comparison, 'why'>): string[] {
  const [fitted, assumed] = [valuesWith(settings, 'fitted'), valuesWith(settings, 'assumed')]
  return [
    ...(fitted
      ? [
          `Fitted, chosen because they come nearest to the printed numbers, so that agreement does not confirm them: ${fitted}.`,
        ]
      : []),
    ...(assumed ? [`Assumed, as the report does not state them: ${assumed}.`] : []),
  ]
}

function observations({ item, runs, loss }: Omit<Comparison, 'why'>, { quick }: CompareOptions): string[] {
  const { reported, experiment } = item
  const training = trainingOf(experiment, item.model)
  const classCount = runs[0]!.confusion.length
  const head = experiment.models[item.model]!.nodes.at(-1)!.layer as { readonly activation?: string }
  const said: string[] = []
  if (quick) said.push(`Trained for ${plural(training.epochs, 'epoch')} on the first images only.`)
  const epochs = runs[0]!.epochMs.length
  if (epochs < training.epochs)
    said.push(
      `Stopped after ${epochs} of ${plural(training.epochs, 'epoch')}, as validation did not improve.`,
    )
  const isDouble =
    'semantics' in training.loss &&
    training.loss.semantics === 'literal' &&
    training.loss.fromLogits &&
    head.activation === 'softmax'
  if (isDouble) {
    const floor = doubleSoftmaxFloor(classCount)
    const above = (value: number): string => `${(value - floor).toFixed(4)} above it`
    said.push(
      `The loss is a softmax of a softmax and cannot fall below ln(1 + ${classCount - 1}/e) = ${floor.toFixed(6)}: ours is ${above(loss!.mean)}${reported?.loss ? `, the report's ${above(reported.loss)}` : ''}.`,
    )
  }
  // Such a loss divides the outputs by their sum; the others find logits, or take the outputs for logits.
  const divides =
    training.loss.kind === 'categoricalCrossentropy' &&
    !training.loss.fromLogits &&
    !['softmax', 'sigmoid'].includes(head.activation ?? '')
  for (const { outputs, run } of runs) {
    const seed = runs.length > 1 ? `Seed ${run.seed}: ` : ''
    if (!divides) continue
    if (outputs.allZero > 0) {
      said.push(
        `${seed}${(100 * outputs.allZero).toFixed(2)} % of the test images have no loss: all their outputs are zero.`,
      )
    }
    if (head.activation === 'relu' && outputs.deadOutputs > 0) {
      const expected = deadOutputsLoss(outputs.deadOutputs, classCount)
      said.push(
        `${seed}${outputs.deadOutputs} of ${classCount} outputs are 0 for every test image: such a loss tends to ${expected.toFixed(2)} (ours ${run.test.loss.toFixed(2)}).`,
      )
    }
    if (outputs.clipped > 0.01) {
      said.push(
        `${seed}${(100 * outputs.clipped).toFixed(1)} % of the test images have their label's probability at the clip, ${CLIP_LOSS.toFixed(3)} each: ${(outputs.clipped * CLIP_LOSS).toFixed(2)} of the loss ${run.test.loss.toFixed(2)}.`,
      )
    }
    if (outputs.negativeSums > 0.01) {
      said.push(
        `${seed}${(100 * outputs.negativeSums).toFixed(1)} % of the outputs sum up to less than zero: dividing by the sum turns their order around.`,
      )
    }
  }
  if (head.activation === 'relu' && reported?.loss) {
    const dead = [1, 2, 3, 4, 5, 6].reduce((best, k) =>
      Math.abs(deadOutputsLoss(k, classCount) - reported.loss!) <
      Math.abs(deadOutputsLoss(best, classCount) - reported.loss!)
        ? k
        : best,
    )
    said.push(
      `The report's loss ${reported.loss} is that of ${dead} dead outputs: ${deadOutputsLoss(dead, classCount).toFixed(2)}.`,
    )
  }
  return said
}
