import { type AccuracyDifference, compareAccuracy } from '../analysis/noise.ts'
import { deadOutputsLoss, doubleSoftmaxFloor } from '../analysis/outputs.ts'
import type { Statistic } from '../protocol/results.ts'
import { plural } from '../report/format.ts'
import { type ExperimentSpec, trainingOf } from '../train/experiment.ts'
import { statistic } from '../train/run-experiment.ts'
import type { Item } from './item.ts'
import { REPORTED_TEST_COUNT, type Report } from './reported.ts'
import type { FailedRecord, RunRecord } from './run-record.ts'

type Verdict =
  | 'within seed noise'
  | 'better'
  | 'worse'
  | 'not comparable (quick)'
  | 'nothing printed'
  | 'failed'
  | 'not run'

/** What a report prints about a model beside what came out here. */
export interface Comparison {
  readonly item: Item
  readonly runs: readonly RunRecord[]
  readonly failures: readonly FailedRecord[]
  readonly accuracy: Statistic | null
  readonly loss: Statistic | null
  readonly trainAccuracy: Statistic | null
  readonly trainLoss: Statistic | null
  readonly seconds: Statistic | null
  readonly difference: AccuracyDifference | null
  readonly verdict: Verdict
  /** Facts that explain the verdict, each computed or recorded. */
  readonly why: readonly string[]
}

export interface CompareOptions {
  readonly report: Report
  readonly experiment: ExperimentSpec
  readonly quick: boolean
}

export function compare(
  item: Item,
  records: readonly (RunRecord | FailedRecord)[],
  options: CompareOptions,
): Comparison {
  const runs = records.filter(record => 'run' in record)
  const failures = records.filter(record => 'failed' in record)
  const over = (value: (record: RunRecord) => number | undefined): Statistic | null => {
    const values = runs.map(value).filter(number => number !== undefined)
    return values.length > 0 ? statistic(values) : null
  }
  const accuracy = over(({ run }) => run.test.accuracy)
  const numbers = {
    accuracy,
    loss: over(({ run }) => run.test.loss),
    trainAccuracy: over(({ train, run }) => train?.accuracy ?? run.history.accuracy?.at(-1)),
    trainLoss: over(({ train, run }) => train?.loss ?? run.history.loss?.at(-1)),
    seconds: over(({ run }) => run.seconds),
  }
  const reported = item.reported?.accuracy ?? null
  const difference =
    accuracy && reported !== null
      ? compareAccuracy(
          { accuracy: reported, count: REPORTED_TEST_COUNT },
          {
            accuracy: accuracy.mean,
            count: runs[0]!.dataset.test,
            seeds: accuracy.n,
            std: accuracy.std,
          },
        )
      : null
  const failed = failures.length > 0 && runs.length === 0
  const verdict = failed ? 'failed' : verdictOf(difference, accuracy, options.quick)
  const why = [
    ...failures.map(({ seed, failed: message }) => `Seed ${seed} failed: ${message}`),
    ...(accuracy ? reasons({ item, runs, difference, verdict, ...numbers }, options) : []),
  ]
  return { item, runs, failures, ...numbers, difference, verdict, why }
}

function verdictOf(
  difference: AccuracyDifference | null,
  accuracy: Statistic | null,
  quick: boolean,
): Verdict {
  if (!accuracy) return 'not run'
  if (quick) return 'not comparable (quick)'
  if (!difference) return 'nothing printed'
  return difference.verdict === 'within' ? 'within seed noise' : difference.verdict
}

/** −ln(1e-7): what an example costs whose probability is at the clip. */
const CLIP_LOSS = -Math.log(1e-7)

/** Each reason has its condition; what it says is taken from the runs, the experiment and the report. */
function reasons(
  { item, runs, difference, verdict, loss, accuracy }: Omit<Comparison, 'why' | 'seconds' | 'failures'>,
  { experiment, quick }: CompareOptions,
): string[] {
  const { reported } = item
  const training = trainingOf(experiment, item.model)
  const classCount = runs[0]!.confusion.length
  const head = experiment.models[item.model]!.nodes.at(-1)!.layer as { readonly activation?: string }
  const said: string[] = []
  if (quick) said.push(`Trained for ${plural(training.epochs, 'epoch')} on the first images only.`)
  if (difference && !quick) {
    const seeds =
      accuracy!.n > 1
        ? `the spread of ${accuracy!.n} seeds included`
        : 'one seed, so its own spread is not in it'
    said.push(
      `Difference ${points(difference.difference)} points, 95 % of chance lies within ±${(196 * difference.error).toFixed(2)} (${seeds}).`,
    )
  }
  if (reported && verdict !== 'within seed noise' && reported.silent.length > 0) {
    said.push(
      `The report does not state: ${reported.silent.join(', ')}. Here: ${training.optimizer.kind}, batch size ${training.batchSize}, ${plural(training.epochs, 'epoch')}.`,
    )
  }
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

/** A share's difference in points: `+1.25`. */
export function points(difference: number): string {
  return `${difference >= 0 ? '+' : '−'}${Math.abs(100 * difference).toFixed(2)}`
}
