import { HeddleError } from '../spec/errors.ts'
import { RandomStream, threefry } from '../tensor/random.ts'
import { studentQuantile } from './student.ts'

/** One network's runs with several seeds: `correctness` of each on the same examples, in the same order. */
export interface RunGroup {
  readonly name: string
  readonly runs: readonly Uint8Array[]
}

export interface BootstrapOptions {
  readonly resamples?: number
  readonly seed?: number
}

/** A difference of accuracies, second less first, with what chance leaves open. */
export interface Difference {
  readonly difference: number
  /** 95 % of the resampled differences lie between. */
  readonly interval: readonly [number, number]
  /** Twice the share of resampled differences that are on the other side of zero, no less than 2 / (resamples + 1). */
  readonly pValue: number
  /** Of the difference: what the test images leave, however many seeds there are. */
  readonly imageVariance: number
  /** From seed to seed, added over both groups; `null` where one of them has a single seed. */
  readonly seedVariance: number | null
}

/**
 * Accuracies of many runs on the same resampled test sets: the hierarchical bootstrap of images and seeds.
 *
 * Each resample draws as many images as there are, with replacement, and scores every run on the same draw: whatever
 * pair is compared afterwards is compared on equal images, and the draws are made once for all pairs. On top, `difference`
 * draws the seeds of both groups. Means of k resampled seeds spread too little, by √((k − 1) / k), and the spread of a few
 * seeds is itself uncertain: their deviations are stretched by √(k / (k − 1)) and by Student's quantile over the normal one.
 * Of a single seed nothing is known, and the interval is about that trained network alone.
 *
 * Source: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 8 and 13.
 */
export class Resampled {
  readonly #groups: readonly ResampledGroup[]
  readonly #random: RandomStream

  /** Throws a `HeddleError` where a group has no run, or runs are of different numbers of examples. */
  constructor(groups: readonly RunGroup[], { resamples = 2000, seed = 0 }: BootstrapOptions = {}) {
    const count = groups[0]?.runs[0]?.length ?? 0
    for (const { name, runs } of groups) {
      if (runs.length === 0) throw new HeddleError(`"${name}" has no run to compare.`)
      const other = runs.find(run => run.length !== count)
      if (other) {
        throw new HeddleError(
          `"${name}" was tested on ${other.length} examples, "${groups[0]!.name}" on ${count}: test both on the same data.`,
        )
      }
    }
    if (count === 0) throw new HeddleError('There are no examples to compare the runs on.')
    this.#random = new RandomStream(seed).split('bootstrap')
    const images = this.#random.split('images')
    const scored = scoreResamples(
      groups.flatMap(({ runs }) => runs),
      { count, resamples, images },
    )
    this.#groups = groups.map(({ runs }) => {
      const own = scored.splice(0, runs.length)
      return {
        accuracies: runs.map(run => run.reduce((sum, hit) => sum + hit, 0) / count),
        resampledMeans: Float64Array.from({ length: resamples }, (_, r) => mean(own.map(run => run[r]!))),
      }
    })
  }

  /** Group `second` less group `first`, by their places in the list. */
  difference(first: number, second: number): Difference {
    const [a, b] = [this.#groups[first]!, this.#groups[second]!]
    const degrees = a.accuracies.length + b.accuracies.length - 2
    const ofImages = a.resampledMeans.map((value, r) => b.resampledMeans[r]! - value)
    const stretch = degrees > 0 ? studentQuantile(degrees) / studentQuantile(Infinity) : 1
    const [ofA, ofB] = [a, b].map((group, side) =>
      resampleSeeds(group, this.#random.split(`seeds of ${side === 0 ? first : second}`)),
    ) as [Float64Array, Float64Array]
    const differences = ofImages.map((value, r) => value + stretch * (ofB[r]! - ofA[r]!)).sort()
    const notAbove = differences.filter(value => value <= 0).length
    const notBelow = differences.filter(value => value >= 0).length
    const known = a.accuracies.length > 1 && b.accuracies.length > 1
    return {
      difference: mean(b.accuracies) - mean(a.accuracies),
      // Stretched deviations of very different seeds may lead past what accuracies can differ by.
      interval: [Math.max(-1, quantile(differences, 0.025)), Math.min(1, quantile(differences, 0.975))],
      pValue: Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (differences.length + 1)),
      imageVariance: variance(ofImages),
      seedVariance: known ? variance(a.accuracies) + variance(b.accuracies) : null,
    }
  }
}

interface ResampledGroup {
  /** On the test set as it is, by run. */
  readonly accuracies: readonly number[]
  /** The mean over the runs, by resampled test set. */
  readonly resampledMeans: Float64Array
}

/** Three counts of fewer than 2^17 hits lie side by side in the 53 bits of one number: three runs are scored in one pass. */
const [SIDE_BY_SIDE, ROOM] = [3, 2 ** 17]

/** Hits are counted with each image's weight in the draw: how often it was drawn. */
function scoreResamples(
  runs: readonly Uint8Array[],
  { count, resamples, images }: { count: number; resamples: number; images: RandomStream },
): Float64Array[] {
  const scored = runs.map(() => new Float64Array(resamples))
  const lanes = count < ROOM ? SIDE_BY_SIDE : 1
  const packed = Array.from({ length: Math.ceil(runs.length / lanes) }, (_, k) => {
    const together = runs.slice(k * lanes, (k + 1) * lanes)
    return Float64Array.from({ length: count }, (_, i) =>
      together.reduceRight((number, run) => number * ROOM + run[i]!, 0),
    )
  })
  const weights = new Float64Array(count)
  for (let r = 0; r < resamples; r++) {
    weights.fill(0)
    for (let i = 0; i < count; i += 2) {
      const [one, two] = threefry(images.key, [i, r])
      weights[Math.floor((one / 2 ** 32) * count)]!++
      if (i + 1 < count) weights[Math.floor((two / 2 ** 32) * count)]!++
    }
    for (const [k, pack] of packed.entries()) {
      let hits = 0
      for (let i = 0; i < count; i++) hits += weights[i]! * pack[i]!
      for (let lane = 0; lane < lanes && k * lanes + lane < runs.length; lane++) {
        const own = lanes === 1 ? hits : hits % ROOM
        scored[k * lanes + lane]![r] = own / count
        hits = (hits - own) / ROOM
      }
    }
  }
  return scored
}

/** How far the mean over redrawn seeds is from the mean, by resample: nothing for a single seed. */
function resampleSeeds({ accuracies, resampledMeans }: ResampledGroup, seeds: RandomStream): Float64Array {
  const k = accuracies.length
  const deviations = new Float64Array(resampledMeans.length)
  if (k === 1) return deviations
  const centre = mean(accuracies)
  return deviations.map((_, r) => {
    let sum = 0
    for (let draw = 0; draw < k; draw++)
      sum += accuracies[Math.floor(seeds.uniform(r * k + draw) * k)]! - centre
    return (Math.sqrt(k / (k - 1)) * sum) / k
  })
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** Of a sample. */
function variance(values: ArrayLike<number>): number {
  const centre = mean(values)
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2
  return squares / (values.length - 1)
}

/** NumPy's default: linear between the two nearest of sorted values. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!
  return sorted[below]! + (place - below) * (next - sorted[below]!)
}
