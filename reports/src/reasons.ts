import { trainingOf } from 'heddle'
import { deadOutputsLoss, doubleSoftmaxFloor } from 'heddle/analysis'
import { plural } from 'heddle/show'
import type { CompareOptions, Comparison } from './comparison.ts'
import { valuesWith } from './origins.ts'
import type { RunRecord } from './runs.ts'
import { type Judgement, measures, nearestEpoch } from './verdict.ts'

/** −ln(1e-7): what an example costs whose probability is at the clip. */
const CLIP_LOSS = -Math.log(1e-7)

/** Each reason has its condition; its numbers come from the runs, the experiment and the report. */
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

/** Agreement with numbers that a value was chosen by proves nothing about that value. */
function origins({ settings }: Omit<Comparison, 'why'>): string[] {
  const [fitted, assumed] = [valuesWith(settings, 'fitted'), valuesWith(settings, 'assumed')]
  return [
    fitted &&
      `Fitted, chosen because they come nearest to the printed numbers, so that agreement does not confirm them: ${fitted}.`,
    assumed && `Assumed, as the report does not state them: ${assumed}.`,
  ].filter(line => line !== '')
}

function observations({ item, runs, loss }: Omit<Comparison, 'why'>, { quick }: CompareOptions): string[] {
  const { reported, experiment } = item
  const training = trainingOf(experiment, item.model)
  const classCount = runs[0]!.confusion.length
  const { activation = '' } = experiment.models[item.model]!.nodes.at(-1)!.layer as { activation?: string }
  const epochs = runs[0]!.epochMs.length
  const planned = plural(training.epochs, 'epoch')
  const isDouble =
    'semantics' in training.loss &&
    training.loss.semantics === 'literal' &&
    training.loss.fromLogits &&
    activation === 'softmax'
  const floor = doubleSoftmaxFloor(classCount)
  const above = (value: number): string => `${(value - floor).toFixed(4)} above it`
  // Such a loss divides the outputs by their sum; the others find logits, or take the outputs for logits.
  const divides =
    training.loss.kind === 'categoricalCrossentropy' &&
    !training.loss.fromLogits &&
    !['softmax', 'sigmoid'].includes(activation)
  const isRelu = activation === 'relu'
  return [
    quick && `Trained for ${planned} on the first images only.`,
    epochs < training.epochs && `Stopped after ${epochs} of ${planned}, as validation did not improve.`,
    isDouble &&
      `The loss is a softmax of a softmax and cannot fall below ln(1 + ${classCount - 1}/e) = ${floor.toFixed(6)}: ours is ${above(loss!.mean)}${reported?.loss ? `, the report's ${above(reported.loss)}` : ''}.`,
    ...(divides ? runs.flatMap(run => sickOutputs(run, { isRelu, isOnly: runs.length === 1 })) : []),
    isRelu && reported?.loss !== undefined && deadOutputsOf(reported.loss, classCount),
  ].filter(line => line !== false)
}

/** What is wrong with outputs that a loss divides by their sum. */
function sickOutputs(
  { outputs, run, confusion }: RunRecord,
  { isRelu, isOnly }: { readonly isRelu: boolean; readonly isOnly: boolean },
): string[] {
  const { allZero, deadOutputs, clipped, negativeSums } = outputs
  const classCount = confusion.length
  const ours = run.test.loss.toFixed(2)
  const percent = (share: number, digits: number): string => `${(100 * share).toFixed(digits)} %`
  return [
    allZero > 0 && `${percent(allZero, 2)} of the test images have no loss: all their outputs are zero.`,
    isRelu &&
      deadOutputs > 0 &&
      `${deadOutputs} of ${classCount} outputs are 0 for every test image: such a loss tends to ${deadOutputsLoss(deadOutputs, classCount).toFixed(2)} (ours ${ours}).`,
    clipped > 0.01 &&
      `${percent(clipped, 1)} of the test images have their label's probability at the clip, ${CLIP_LOSS.toFixed(3)} each: ${(clipped * CLIP_LOSS).toFixed(2)} of the loss ${ours}.`,
    negativeSums > 0.01 &&
      `${percent(negativeSums, 1)} of the outputs sum up to less than zero: dividing by the sum turns their order around.`,
  ].flatMap(line => (line === false ? [] : [isOnly ? line : `Seed ${run.seed}: ${line}`]))
}

/** The number of dead outputs whose loss comes nearest to the printed one. */
function deadOutputsOf(loss: number, classCount: number): string {
  const apart = (dead: number): number => Math.abs(deadOutputsLoss(dead, classCount) - loss)
  const [dead] = [1, 2, 3, 4, 5, 6].toSorted((a, b) => apart(a) - apart(b))
  return `The report's loss ${loss} is that of ${dead} dead outputs: ${deadOutputsLoss(dead!, classCount).toFixed(2)}.`
}
