import { type Statistic, statisticOf } from 'heddle'
import { accuracyError } from 'heddle/analysis'
import type { Item } from './item.ts'
import { type Setting, settingsOf } from './origins.ts'
import { reasons } from './reasons.ts'
import type { Report, ReportedModel } from './reported.ts'
import type { FailedRecord, RunRecord } from './runs.ts'
import { type Judgement, judge, type Measured, measures, type Verdict, verdictOf } from './verdict.ts'

/** Over the runs of a model; `null`: none has it. */
type Numbers = Readonly<
  Record<'accuracy' | 'loss' | 'trainAccuracy' | 'trainLoss' | 'seconds', Statistic | null>
>

/** What a report prints about a model beside what came out here. */
export interface Comparison extends Numbers {
  readonly item: Item
  readonly runs: readonly RunRecord[]
  readonly failures: readonly FailedRecord[]
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
  const judgements = judgementsOf(item.reported, runs[0], numbers, report)
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
  reported: ReportedModel | null,
  first: RunRecord | undefined,
  numbers: Numbers,
  { decimals }: Report,
): Judgement[] {
  if (!reported || !first) return []
  return (Object.keys(measures) as Measured['name'][]).flatMap(name => {
    const { key, isAccuracy, isTest } = measures[name]
    const [printed, here] = [reported[key], numbers[key]]
    if (printed === undefined || here === null) return []
    const ofImages = isAccuracy ? accuracyError(here.mean, first.images[isTest ? 'test' : 'train']) : null
    const imageError = name === 'test loss' ? first.errorOfLoss : ofImages
    const rounding = 0.5 * 10 ** -decimals[isAccuracy ? 'accuracy' : 'loss']
    return [judge({ name, reported: printed, rounding, here, imageError })]
  })
}

/** A share's difference in points: `+1.25`. */
export function points(difference: number): string {
  return `${difference >= 0 ? '+' : '−'}${Math.abs(100 * difference).toFixed(2)}`
}
