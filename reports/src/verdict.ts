import type { History, Statistic } from 'heddle'
import { noiseWidth, studentQuantile } from 'heddle/analysis'

/** What reports print about a model, the test's numbers first: under `key` here, under `ofEpoch` in a run's history. */
export const measures = {
  'test accuracy': { key: 'accuracy', ofEpoch: 'valAccuracy', isAccuracy: true, isTest: true },
  'test loss': { key: 'loss', ofEpoch: 'valLoss', isAccuracy: false, isTest: true },
  'training accuracy': { key: 'trainAccuracy', ofEpoch: 'accuracy', isAccuracy: true, isTest: false },
  'training loss': { key: 'trainLoss', ofEpoch: 'loss', isAccuracy: false, isTest: false },
} as const

/** One number that a report prints, beside the same number of the runs here. */
export interface Measured {
  readonly name: keyof typeof measures
  readonly reported: number
  /** Half of the last digit that the report prints. */
  readonly rounding: number
  readonly here: Statistic
  /** The standard error of one run's number, from the images that it was measured on; `null`: not known. */
  readonly imageError: number | null
}

/** How far the two are apart, and how far chance alone takes them. */
export interface Judgement extends Measured {
  /** Here minus reported. */
  readonly difference: number
  /** 95 % of chance lies within ± this; `null`: one seed is not enough to compute it. */
  readonly width: number | null
  /** `open`: the noise is not known, or it is so wide that lying within it is no agreement. */
  readonly outcome: 'within' | 'better' | 'worse' | 'open'
}

export type VerdictKind =
  | 'within'
  | 'better'
  | 'worse'
  | 'mixed'
  | 'one seed, within'
  | 'open'
  | 'below chance'
  | 'different'
  | 'quick'
  | 'nothing printed'
  | 'failed'
  | 'not run'

export interface Verdict {
  readonly kind: VerdictKind
  /** What tables show. */
  readonly text: string
}

/** Everything that a verdict is made from. */
export interface Evidence {
  /** Trainings that ended. */
  readonly seeds: number
  /** Trainings that ended in an error. */
  readonly failures: number
  readonly quick: boolean
  readonly classCount: number
  /** A value of the training was chosen because it comes nearest to the printed numbers. */
  readonly isFitted: boolean
  readonly judgements: readonly Judgement[]
  /** What each epoch of each run measured. */
  readonly histories: readonly History[]
}

const isAccuracy = ({ name }: Measured): boolean => measures[name].isAccuracy
const isTest = ({ name }: Measured): boolean => measures[name].isTest

/**
 * Whether a printed number and those of the runs here differ by more than chance: the noise of the images of both tests,
 * the seeds' spread (with Student's quantile), and the rounding of what is printed.
 */
export function judge(measured: Measured): Judgement {
  const { reported, rounding, here, imageError } = measured
  const difference = here.mean - reported
  const isKnown = here.n > 1 || imageError !== null
  const error = imageError ?? 0
  const width = isKnown ? noiseWidth([error, error], { std: here.std, seeds: here.n }) + rounding : null
  return { ...measured, difference, width, outcome: outcomeOf(measured, difference, width) }
}

function outcomeOf(measured: Measured, difference: number, width: number | null): Judgement['outcome'] {
  if (!Number.isFinite(difference) || width === null) return 'open'
  if (Math.abs(difference) <= width) return isTooWide(measured, width) ? 'open' : 'within'
  return difference > 0 === isAccuracy(measured) ? 'better' : 'worse'
}

/** Seeds that lie so far apart that even a gross difference would be within noise. */
function isTooWide(measured: Measured, width: number): boolean {
  return width > (isAccuracy(measured) ? GROSS.accuracy : (GROSS.loss - 1) * measured.reported)
}

/** Accuracies this far apart, or losses that are this many times as large, are no question of luck or of a few epochs. */
const GROSS = { accuracy: 0.05, loss: 1.5 }

/** An epoch has the printed numbers if it comes as near as this: the accuracies in shares, the losses by their ratio. */
const NEAR = { accuracy: 0.02, loss: 1.05 }

/**
 * The verdict on a model, from its numbers alone. The test numbers decide; the training numbers take part in telling a
 * difference from another training.
 */
export function verdictOf(evidence: Evidence): Verdict {
  const { seeds, failures, quick, judgements, isFitted } = evidence
  const died = failures > 0 ? `; ${failures} of ${failures + seeds} trainings failed` : ''
  const of = (kind: VerdictKind, text: string): Verdict => ({ kind, text: `${text}${died}` })
  if (seeds === 0)
    return failures > 0 ? { kind: 'failed', text: 'failed' } : { kind: 'not run', text: 'not run' }
  if (quick) return of('quick', 'not comparable (quick)')
  const test = judgements.filter(isTest)
  if (test.length === 0) return of('nothing printed', 'nothing printed')
  const verdict = judged(evidence, test)
  return of(verdict.kind, isFitted ? `${verdict.text}; values fitted` : verdict.text)
}

function judged(evidence: Evidence, test: readonly Judgement[]): Verdict {
  const { seeds } = evidence
  const of = (kind: VerdictKind, text: string): Verdict => ({ kind, text })
  const chance = belowChance(evidence)
  if (chance) return of('below chance', chance)
  const outcomes = test.map(({ outcome }) => outcome)
  const settled = outcomes.filter(outcome => outcome !== 'open')
  if (seeds === 1) {
    return settled.length > 0 && settled.every(outcome => outcome === 'within')
      ? of('one seed, within', 'within the noise of the test images (1 seed)')
      : of('open', 'not settled with one seed')
  }
  const n = ` (${seeds} seeds)`
  if (outcomes.every(outcome => outcome === 'within')) return of('within', `within noise${n}`)
  if (outcomes.every(outcome => outcome === 'within' || outcome === 'open'))
    return of('open', `not settled: the seeds lie too far apart${n}`)
  if (isAnotherTraining(evidence)) return of('different', `not the same training or test${n}`)
  const [first] = outcomes
  if (outcomes.every(outcome => outcome === first) && (first === 'better' || first === 'worse'))
    return of(first, `${first}${n}`)
  const parts = test.map(({ name, outcome }) => `${measures[name].key} ${textOf[outcome]}`)
  return of('mixed', `${parts.join(', ')}${n}`)
}

const textOf: Readonly<Record<Judgement['outcome'], string>> = {
  within: 'within noise',
  better: 'better',
  worse: 'worse',
  open: 'not settled',
}

/** Neither network is better than a guess: which one errs more does not matter. */
function belowChance({ judgements, classCount }: Evidence): string | null {
  const accuracy = judgements.find(({ name }) => name === 'test accuracy')
  if (!accuracy) return null
  const { reported, here, imageError } = accuracy
  const chance = 1 / classCount
  if (Math.max(reported, here.mean) < chance) return 'both below chance'
  const images = 1.96 * (imageError ?? 0)
  const spread = here.n > 1 ? (studentQuantile(here.n - 1) * here.std) / Math.sqrt(here.n) : 0
  const isAbove = here.mean - Math.hypot(images, spread) > chance || reported - images > chance
  return isAbove ? null : 'neither above chance'
}

function isGross(judgement: Judgement): boolean {
  const { outcome, reported, here, difference } = judgement
  if (outcome === 'within' || outcome === 'open') return false
  if (isAccuracy(judgement)) return Math.abs(difference) > GROSS.accuracy
  return ratio(reported, here.mean) > GROSS.loss
}

/** Far apart, and at no epoch of any run are the printed numbers met together. */
function isAnotherTraining({ judgements, histories }: Evidence): boolean {
  return judgements.filter(isTest).some(isGross) && nearestEpoch(judgements, histories) === null
}

/**
 * The first epoch (from 1) at which a run is near to all printed numbers at once; `null` where there is none. Validation must
 * have been on the test images.
 */
export function nearestEpoch(judgements: readonly Judgement[], histories: readonly History[]): number | null {
  for (const history of histories) {
    const epochs = history.valLoss?.length ?? 0
    for (let epoch = 0; epoch < epochs; epoch++) {
      const meets = judgements.every(judgement => {
        const value = history[measures[judgement.name].ofEpoch]?.[epoch]
        if (value === undefined) return true
        return isAccuracy(judgement)
          ? Math.abs(value - judgement.reported) <= NEAR.accuracy
          : ratio(value, judgement.reported) <= NEAR.loss
      })
      if (meets) return epoch + 1
    }
  }
  return null
}

function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a)
}
