import { HeddleError } from '../../base/errors.ts'
import { mean, sum } from '../../base/maths.ts'
import { type Estimated, halfWidth, tailBeyond, type Uncertainty } from './uncertainty.ts'

/** One network's runs with several seeds: `correctness` of each on the same examples, in the same order. */
export interface RunGroup {
  readonly name: string
  readonly runs: readonly Uint8Array[]
}

/** A difference of accuracies, second less first, with what chance leaves open. */
export interface Difference {
  readonly difference: number
  /** Two-sided, of no difference. */
  readonly pValue: number
  readonly uncertainty: Uncertainty
}

/** What one group's runs say about a set of examples. */
export interface Hits {
  /** By example: the share of the runs that are right. */
  readonly shares: Float64Array
  readonly runs: number
  readonly accuracy: number
  /** Variance of the mean accuracy, from the spread of the runs' accuracies: seeds, and each run's own luck with these images. */
  readonly spread: number
  /** The part of `spread` that is luck with the images: it is also in the spread of `shares`, and counts once. */
  readonly luck: number
}

/** Half a hit: two runs with equal accuracies on few images need not be equal on others. */
const HALF_A_HIT = 0.5

/**
 * The hits of a group on the examples at `places`: a two-way table of runs and images.
 * Throws a `HeddleError` if the group has no run, or runs have different numbers of examples.
 */
export function hitsOf({ name, runs }: RunGroup, places?: Int32Array): Hits {
  if (runs.length === 0) throw new HeddleError(`"${name}" has no run to compare.`)
  const other = runs.find(run => run.length !== runs[0]!.length)
  if (other) {
    throw new HeddleError(
      `"${name}" was tested on ${runs[0]!.length} and on ${other.length} examples: test all of its runs on the same data.`,
    )
  }
  const k = runs.length
  const count = places?.length ?? runs[0]!.length
  if (count === 0) throw new HeddleError('There are no examples to compare the runs on.')
  const shares = new Float64Array(count)
  const accuracies = runs.map(run => {
    let hits = 0
    for (let i = 0; i < count; i++) {
      const hit = run[places ? places[i]! : i]!
      hits += hit
      shares[i]! += hit / k
    }
    return hits / count
  })
  const accuracy = mean(accuracies)
  if (k === 1) return { shares, runs: k, accuracy, spread: 0, luck: 0 }
  const ofRuns = sum(accuracies.map(share => (share - accuracy) ** 2)) / (k - 1)
  // By image, hits are a share p of k: their sample variance is p (1 - p) k / (k - 1).
  const ofHits = sum(shares.map(p => p * (1 - p))) / (k - 1) / count
  return {
    shares,
    runs: k,
    accuracy,
    spread: (ofRuns + (HALF_A_HIT / count) ** 2) / k,
    luck: count > 1 ? Math.max(0, k * ofHits - ofRuns) / (count - 1) / k : 0,
  }
}

/**
 * The second group's accuracy less the first's, on the same images, for other images and other seeds of the same kind.
 *
 * Its variance is that of a table of runs by images, both drawn at random: what the images do to both models alike, S²(d) / n of the
 * image-by-image differences d, less the runs' luck with the images, which is in S²(d) too, plus the spread s² / k of the
 * runs' accuracies, which has the luck in it once. With one seed each only S²(d) / n is known: the test is the paired
 * t-test over images, nearly McNemar's (with one more image on which they differ: few are no proof of many).
 *
 * Source: S. R. Searle, G. Casella and C. E. McCulloch, Variance Components (1992), chapter 4; how well it holds:
 * docs/decisions/0013-honest-comparison.md.
 */
export function differenceOf(first: Hits, second: Hits): Difference {
  const count = first.shares.length
  if (second.shares.length !== count) {
    throw new HeddleError(
      `Accuracies on ${count} and on ${second.shares.length} examples cannot be compared: test both models on the same data.`,
    )
  }
  const difference = second.accuracy - first.accuracy
  let squares = 0
  for (let i = 0; i < count; i++) squares += (second.shares[i]! - first.shares[i]! - difference) ** 2
  // One more hit, or one less, by a run of either: where no image tells the models apart, others still may.
  const pseudo = (1 / first.runs ** 2 + 1 / second.runs ** 2) / 2
  const degrees = Math.max(1, count - 1)
  const ofOne = pseudo / count / degrees
  const common = squares / count / degrees - first.luck - second.luck
  const { images, seeds } = uncertaintyOf({ variance: ofOne + Math.max(0, common), degrees }, first, second)
  // Below zero, by chance, where images do the same to both models: then the seeds' part is as much too large.
  const excess = seeds && {
    ...seeds,
    variance: Math.max(seeds.variance / 2, seeds.variance + Math.min(0, common)),
  }
  const uncertainty = { images, seeds: excess }
  return { difference, pValue: tailBeyond(Math.abs(difference), uncertainty), uncertainty }
}

/** The 95 % interval: the differences that a test at 5 % does not refuse. It leaves zero out exactly where p < 0.05. */
export function intervalOf({ difference, uncertainty }: Difference): readonly [number, number] {
  const half = halfWidth(0.05, uncertainty)
  return [Math.max(-1, difference - half), Math.min(1, difference + half)]
}

/** The same difference with `seeds` runs of each model, as far as the spread of those that there are can say. */
export function uncertaintyWith(
  seeds: number,
  { images }: Uncertainty,
  [first, second]: readonly [Hits, Hits],
): Uncertainty {
  const resized = ({ runs, spread }: Hits): Repeats => ({ runs: seeds, spread: (spread * runs) / seeds })
  return uncertaintyOf(images, resized(first), resized(second))
}

type Repeats = Pick<Hits, 'runs' | 'spread'>

/**
 * The seeds' part has degrees of freedom half way between Welch's and those of equal spreads, as three seeds make equal spreads
 * look unequal (of unequal numbers of seeds, as many as the fewer would have: ten do not know the spread of the three); and more where images are the larger part, since a normal plus a Student's t of few degrees is too wide there.
 * Both were chosen by simulation (bench/comparison.ts).
 */
function uncertaintyOf(images: Estimated, first: Repeats, second: Repeats): Uncertainty {
  const several = [first, second].filter(({ runs }) => runs > 1)
  if (several.length === 0) return { images, seeds: null }
  const variance = sum(several.map(({ spread }) => spread))
  const welch = variance ** 2 / sum(several.map(({ spread, runs }) => spread ** 2 / (runs - 1)))
  const pooled = several.length * (Math.min(...several.map(({ runs }) => runs)) - 1)
  const share = Math.sqrt(1 + images.variance / variance)
  return { images, seeds: { variance, degrees: ((welch + Math.max(welch, pooled)) / 2) * share } }
}
