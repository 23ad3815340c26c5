import { type Statistic, statisticOf } from 'heddle'
import type { Item } from './item.ts'
import { type Setting, settingsOf } from './origins.ts'
import { reasons } from './reasons.ts'
import type { Report } from './reported.ts'
import type { FailedRecord, RunRecord } from './runs.ts'
import { imageErrorOf, type Judgement, judge, type Measured, type Verdict, verdictOf } from './verdict.ts'

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
  /** One for each number that the report prints and the runs have. */
  readonly judgements: readonly Judgement[]
  readonly verdict: Verdict
  /** The values of the training, each stated, assumed or fitted. */
  readonly settings: readonly Setting[]
  /** Facts that explain the verdict, each computed or recorded. */
  readonly why: readonly string[]
}

export interface CompareOptions {
  readonly report: Report
  readonly quick: boolean
}

export function compare(
  item: Item,
  records: readonly (RunRecord | FailedRecord)[],
  options: CompareOptions,
): Comparison {
  const { report, quick } = options
  const runs = records.filter(record => 'run' in record)
  const failures = records.filter(record => 'failed' in record)
  const over = (value: (record: RunRecord) => number | undefined): Statistic | null => {
    const values = runs.map(value).filter(number => number !== undefined)
    return values.length > 0 ? statisticOf(values) : null
  }
  const numbers = {
    accuracy: over(({ run }) => run.test.accuracy),
    loss: over(({ run }) => run.test.loss),
    trainAccuracy: over(({ train, run }) => train?.accuracy ?? run.history.accuracy?.at(-1)),
    trainLoss: over(({ train, run }) => train?.loss ?? run.history.loss?.at(-1)),
    seconds: over(({ run }) => run.seconds),
  }
  const judgements = judgementsOf({ item, runs, ...numbers }, report)
  const seeds = [...runs.map(({ run }) => run.seed), ...failures.map(({ stored }) => stored.seed)].sort(
    (a, b) => a - b,
  )
  const settings = settingsOf(item, { seeds, quick })
  const verdict = verdictOf({
    seeds: runs.length,
    failures: failures.length,
    quick,
    classCount: runs[0]?.confusion.length ?? 0,
    isFitted: settings.some(({ origin }) => origin === 'fitted'),
    judgements,
    histories: historiesOf(runs, report),
  })
  const made = { item, runs, failures, ...numbers, judgements, verdict, settings }
  return { ...made, why: reasons(made, options) }
}

/** 001 measured its training numbers after training: those of the epochs are of another kind. */
function historiesOf(runs: readonly RunRecord[], { trainMeasure }: Report) {
  return runs.map(({ run: { history } }) =>
    trainMeasure === 'evaluate'
      ? { valLoss: history.valLoss ?? [], valAccuracy: history.valAccuracy ?? [] }
      : history,
  )
}

function judgementsOf(
  {
    item: { reported },
    runs,
    accuracy,
    loss,
    trainAccuracy,
    trainLoss,
  }: Pick<Comparison, 'item' | 'runs' | 'accuracy' | 'loss' | 'trainAccuracy' | 'trainLoss'>,
  { decimals }: Report,
): Judgement[] {
  const [first] = runs
  if (!reported || !first) return []
  const { train, test } = first.images
  const measures: readonly [Measured['name'], number | undefined, Statistic | null, number | null][] = [
    ['test accuracy', reported.accuracy, accuracy, accuracy && imageErrorOf(accuracy, test)],
    ['test loss', reported.loss, loss, first.errorOfLoss],
    [
      'training accuracy',
      reported.trainAccuracy,
      trainAccuracy,
      trainAccuracy && imageErrorOf(trainAccuracy, train),
    ],
    ['training loss', reported.trainLoss, trainLoss, null],
  ]
  return measures.flatMap(([name, printed, here, imageError]) => {
    if (printed === undefined || here === null) return []
    const digits = name.endsWith('accuracy') ? decimals.accuracy : decimals.loss
    return [judge({ name, reported: printed, rounding: 0.5 * 10 ** -digits, here, imageError })]
  })
}

/** A share's difference in points: `+1.25`. */
export function points(difference: number): string {
  return `${difference >= 0 ? '+' : '−'}${Math.abs(100 * difference).toFixed(2)}`
}
