import { mean, median } from '../../base/maths.ts'
import { normalCdf, normalDensity } from '../../base/normal.ts'
import { integer, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import {
  ABSENT,
  type Axis,
  type Candidate,
  candidateAt,
  type Positions,
  placeOf,
  positionAt,
} from './axes.ts'
import { gaussianRegression, type Prediction, type Regression, type Row } from './gaussian-regression.ts'
import { goodTrials } from './good-trials.ts'
import { type Draw, drawsOf, isMeasured, type Observation, type SamplerDefinition } from './sampler.ts'
import { nextSobol } from './sobol.ts'
import { type PlacedTrial, type Tried, triedOf, untried } from './untried.ts'

const fields = {
  /** Trials that must have a result before the process is fitted; until then points are those of `sobol`. Default 10. */
  startTrials: integer(10),
}

export interface GaussianProcessOptions extends Options<typeof fields> {}
export type GaussianProcessSpec = Spec<'gaussianProcess', typeof fields>

/**
 * A Gaussian process of the loss over the space (Matérn 5/2, a length for each parameter); the next point has the highest expected
 * improvement on the best loss. For up to about 100 trials of few parameters, most of them continuous; else `tpe` finds more.
 *
 * - Trials that are being trained count as if they had the loss that the process predicts. Failed ones count as the worst.
 * - If trials stopped after different numbers of epochs, the logarithm of the epochs is one more coordinate, and the prediction is
 *   for the most epochs.
 * - A parameter that is not there has the middle of its range.
 * - With several objectives each trial minimises another random weighting of them (Knowles, "ParEGO", 2006).
 * - The 30 best trials and the 50 latest others are used if there are more, as the time grows with the third power of their number.
 *
 * Sources: Jones et al. (1998); Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization" (2023).
 *
 * @example
 * gaussianProcess() // { kind: 'gaussianProcess', startTrials: 10 }
 */
export function gaussianProcess(options: GaussianProcessOptions = {}): GaussianProcessSpec {
  return parseSpec('gaussianProcess', fields, options)
}

export const gaussianProcessSampler: SamplerDefinition<GaussianProcessSpec> = {
  fields,
  suggest(question, { startTrials }) {
    const tried = triedOf(question)
    const measured = tried.trials.filter(({ observation }) => isMeasured(observation))
    if (measured.length < startTrials) return nextSobol(question, tried)
    return tried.isExhausted ? null : suggest(tried, drawsOf(question, 'gaussian process'))
  },
}

const MOST_BEST = 30
const MOST_LATEST = 50
/** Points at which the improvement is computed, and how many of the best of them are moved uphill. */
const POINTS = 300
const CLIMBED = 2

function suggest(tried: Tried, draw: Draw): ParameterValues {
  const { space, axes, has } = tried
  const { rowOf, regression, known, best } = fitted(tried, draw)
  const improvement = (candidate: Candidate): number =>
    logImprovement(regression.predict(rowOf(candidate.positions)), best)

  const anywhere = Array.from({ length: POINTS }, () =>
    candidateAt(
      space,
      axes,
      Float64Array.from(axes, axis => positionAt(axis, draw())),
    ),
  )
  const scored = scoredBy(improvement, anywhere)
  const leaders = scoredBy(
    improvement,
    known.map(row => candidateAt(space, axes, filled(axes, row))),
  )
  const starts = [...scored.slice(0, CLIMBED), ...leaders.slice(0, CLIMBED)]
  const climbed = starts.map(start => climb(start, improvement, tried))
  const next = [...climbed, ...scored]
    .sort((a, b) => b.score - a.score)
    .find(({ candidate }) => !has(candidate))
  return (next?.candidate ?? untried(tried, draw)[0]!).parameters
}

interface Scored {
  readonly candidate: Candidate
  readonly score: number
}

function scoredBy(improvement: (candidate: Candidate) => number, candidates: readonly Candidate[]): Scored[] {
  return candidates
    .map(candidate => ({ candidate, score: improvement(candidate) }))
    .sort((a, b) => b.score - a.score)
}

/** Moves along one axis at a time while that improves; where nothing does, steps on lines become a third as long. */
function climb(start: Scored, improvement: (candidate: Candidate) => number, { space, axes }: Tried): Scored {
  let best = start
  for (let step = 0.1; step > 3e-4; step /= 3) {
    let isBetter = true
    while (isBetter) {
      isBetter = false
      for (const [i, axis] of axes.entries()) {
        for (const position of neighbours(axis, best.candidate.positions[i]!, step)) {
          const positions = filled(axes, best.candidate.positions)
          positions[i] = position
          const candidate = candidateAt(space, axes, positions)
          const score = improvement(candidate)
          // So written, a score that is no number is no improvement.
          if (!(score > best.score + 1e-9)) continue
          best = { candidate, score }
          isBetter = true
        }
      }
    }
  }
  return best
}

function neighbours({ kind, cells }: Axis, position: number, step: number): readonly number[] {
  if (position === ABSENT) return []
  if (kind === 'category')
    return Array.from({ length: cells }, (_, cell) => cell).filter(cell => cell !== position)
  const length = kind === 'line' ? step : Math.max(1, Math.round(step * cells))
  const highest = kind === 'line' ? 1 : cells - 1
  return [Math.max(0, position - length), Math.min(highest, position + length)].filter(
    one => one !== position,
  )
}

/** Positions on all axes: a parameter that is not there has the middle of its range. */
function filled(axes: readonly Axis[], positions: Positions): Positions {
  return positions.map((position, i) => (position === ABSENT ? positionAt(axes[i]!, 0.5) : position))
}

/** The process as the trials make it. */
interface Fitted {
  /** Positions as the process sees them, at the most epochs. */
  readonly rowOf: (positions: Positions) => Row
  readonly regression: Regression
  /** Positions of the trials that it is fitted to, and the least loss that it predicts there or of running trials. */
  readonly known: readonly Positions[]
  readonly best: number
}

function fitted({ axes, trials }: Tried, draw: Draw): Fitted {
  const isEnded = ({ observation: { losses, hasFailed } }: PlacedTrial): boolean =>
    losses !== null || hasFailed
  const ended = trials.filter(isEnded)
  const losses = singleLosses(
    ended.map(({ observation }) => observation),
    draw,
  )
  const kept = keptTrials(losses)
  const known = kept.map(place => ended[place]!.positions)
  const most = trials.reduce(
    (high, { observation }) => (isMeasured(observation) ? Math.max(high, observation.epochs) : high),
    1,
  )
  const epochs = kept.map(place => {
    const { observation } = ended[place]!
    return isMeasured(observation) ? observation.epochs : most
  })
  const differ = epochs.some(one => one !== most)
  const rowOf = (row: Positions, after = most): Row => {
    const places = Array.from(row, (position, i) => (position === ABSENT ? 0.5 : placeOf(axes[i]!, position)))
    return Float64Array.from(differ ? [...places, Math.log1p(after) / Math.log1p(most)] : places)
  }
  const running = trials.filter(trial => !isEnded(trial)).map(trial => rowOf(trial.positions))
  const coordinates = axes.map(({ kind }) => (kind === 'category' ? 'category' : 'ordered'))
  const regression = gaussianRegression(
    differ ? [...coordinates, 'ordered'] : coordinates,
    known.map((row, i) => rowOf(row, epochs[i])),
    standardised(kept.map(place => losses[place]!)),
  ).believing(running)
  const best = [...known.map(row => rowOf(row)), ...running]
    .map(row => regression.predict(row).mean)
    .reduce((a, b) => Math.min(a, b))
  return { rowOf: row => rowOf(row), regression, known, best }
}

/** One loss for each trial: of several objectives max wᵢ fᵢ + 0.05 Σ wᵢ fᵢ, each from 0 to 1, with random weights. */
function singleLosses(ended: readonly Observation[], draw: Draw): readonly number[] {
  const measured = ended.filter(isMeasured).map(({ losses }) => losses!)
  const objectives = measured[0]!.map((_, i) => measured.map(losses => losses[i]!))
  const ranges = objectives.map(values => [Math.min(...values), Math.max(...values)] as const)
  const drawn = objectives.map(() => -Math.log(1 - draw()))
  const total = drawn.reduce((a, b) => a + b)
  const lossOf = (losses: readonly number[]): number => {
    if (losses.length === 1) return losses[0]!
    const parts = losses.map((loss, i) => {
      const [low, high] = ranges[i]!
      return (drawn[i]! / total) * shareOf(loss, low, high)
    })
    return Math.max(...parts) + 0.05 * parts.reduce((a, b) => a + b)
  }
  const worst = Math.max(...measured.map(lossOf))
  return ended.map(one => (isMeasured(one) ? lossOf(one.losses!) : worst))
}

/** How far a value lies between the least and the most one, 0 to 1. In halves: the range of all numbers is no number. */
function shareOf(value: number, low: number, high: number): number {
  const range = high / 2 - low / 2
  return range > 0 ? (value / 2 - low / 2) / range : 0
}

/** Places of the trials that are used, in their order. */
function keptTrials(losses: readonly number[]): readonly number[] {
  const places = losses.map((_, place) => place)
  if (places.length <= MOST_BEST + MOST_LATEST) return places
  const best = new Set(
    goodTrials(
      losses.map(loss => [loss]),
      MOST_BEST,
    ),
  )
  const latest = new Set(places.filter(place => !best.has(place)).slice(-MOST_LATEST))
  return places.filter(place => best.has(place) || latest.has(place))
}

/** Squares of larger losses are no numbers. */
const LARGE = 1e100

/** With mean 0 and variance 1. Losses above the median are compressed: how bad a bad point is matters little. */
function standardised(given: readonly number[]): Float64Array {
  const largest = Math.max(...given.map(Math.abs))
  const losses = largest > LARGE ? given.map(loss => loss / largest) : given
  const middle = median(losses)
  const scale = middle - Math.min(...losses) || 1
  const compressed = losses.map(loss =>
    loss > middle ? middle + scale * Math.log1p((loss - middle) / scale) : loss,
  )
  const centre = mean(compressed)
  const deviation = Math.sqrt(mean(compressed.map(loss => (loss - centre) ** 2))) || 1
  return Float64Array.from(compressed, loss => (loss - centre) / deviation)
}

/** log E[max(0, best − f)]: log σ + log(φ(z) + z Φ(z)) with z = (best − mean) / σ, which far below 0 is φ(z) / z² (1 − 3 / z²). */
function logImprovement({ mean: predicted, deviation }: Prediction, best: number): number {
  const z = (best - predicted) / deviation
  const part =
    z > -6
      ? Math.log(normalDensity(z) + z * normalCdf(z))
      : -(z * z) / 2 - Math.log(Math.sqrt(2 * Math.PI) * z * z) + Math.log1p(-3 / (z * z))
  return Math.log(deviation) + part
}
