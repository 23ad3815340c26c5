import { HeddleError } from '../spec/errors.ts'
import { type BootstrapOptions, type Difference, Resampled } from './bootstrap.ts'
import { checkOutputs, correctness, type Predictions } from './predictions.ts'
import { detectableDifference, discordance, exactMcNemar, holm, seedsNeeded } from './significance.ts'

/** A model and what each of its runs, one for each seed, says about the test set. */
export interface TestedModel {
  readonly name: string
  readonly runs: readonly Predictions[]
}

/** Two models on the same test set: the second less the first. */
export interface ModelComparison extends Omit<Difference, 'pValue'> {
  readonly first: string
  readonly second: string
  readonly images: number
  /** Runs of the first and of the second model. */
  readonly seeds: readonly [number, number]
  /** McNemar's exact test of two runs, the hierarchical bootstrap of more. */
  readonly pValue: number
  /** After Holm's correction for all pairs of the comparison. */
  readonly correctedP: number
  /** The smallest difference that two runs as unlike as these would show on so many images. */
  readonly detectable: number
  /** Of each model, to show this difference; `null`: unknown for want of seeds, or no number of them would. */
  readonly seedsNeeded: number | null
  readonly verdict: 'better' | 'worse' | 'no evidence'
  /** The verdict in a sentence. */
  readonly sentence: string
}

/** 5 % of comparisons of equals may end in a verdict. */
const LEVEL = 0.05

/**
 * Every pair of models, compared image by image: difference in accuracy with an interval, a p-value that is corrected for the
 * number of pairs, and what it would take to know more.
 * Throws a `HeddleError` where models were tested on different examples or classes, have no run, or an output is not finite.
 *
 * @example
 * const test = { labels: Int32Array.of(0, 1), classNames: ['cat', 'dog'] }
 * const a = { name: 'a', runs: [{ ...test, probabilities: Float32Array.of(0.9, 0.1, 0.8, 0.2) }] }
 * const b = { name: 'b', runs: [{ ...test, probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8) }] }
 * const [pair] = compareModels([a, b])
 * pair.difference // 0.5
 * pair.verdict // 'no evidence'
 */
export function compareModels(
  models: readonly TestedModel[],
  options: BootstrapOptions = {},
): ModelComparison[] {
  checkSameTest(models)
  const groups = models.map(({ name, runs }) => ({ name, runs: runs.map(correctness) }))
  const resampled = new Resampled(groups, options)
  const pairs = groups.flatMap((_, first) =>
    groups.slice(first + 1).map((_, after) => {
      const second = first + 1 + after
      const measured = resampled.difference(first, second)
      const [a, b] = [groups[first]!.runs, groups[second]!.runs]
      const single = a.length === 1 && b.length === 1
      const pValue = single ? exactMcNemar(discordance(a[0]!, b[0]!)) : measured.pValue
      return { first, second, ...measured, pValue, discordant: meanDiscordance(a, b) }
    }),
  )
  const corrected = holm(pairs.map(pair => pair.pValue))
  return pairs.map(({ first, second, discordant, ...measured }, i) => {
    const [a, b] = [groups[first]!, groups[second]!]
    const { difference, imageVariance, seedVariance } = measured
    const images = a.runs[0]!.length
    const found = corrected[i]! < LEVEL
    const comparison = {
      ...measured,
      first: a.name,
      second: b.name,
      images,
      seeds: [a.runs.length, b.runs.length] as const,
      correctedP: corrected[i]!,
      detectable: detectableDifference(images, discordant),
      seedsNeeded: seedVariance === null ? null : seedsNeeded({ difference, imageVariance, seedVariance }),
      verdict: found ? (difference > 0 ? ('better' as const) : ('worse' as const)) : ('no evidence' as const),
    }
    return { ...comparison, sentence: sentenceOf(comparison, pairs.length) }
  })
}

export interface ClassEffect {
  readonly name: string
  /** Of the recall: the second model less the first. */
  readonly difference: number
  readonly interval: readonly [number, number]
  readonly examples: number
  /** After Holm's correction for the number of classes. */
  readonly correctedP: number
}

/** Two models class by class: where one of them is better, though overall it may not be. */
export function classEffects(
  first: TestedModel,
  second: TestedModel,
  options: BootstrapOptions = {},
): ClassEffect[] {
  checkSameTest([first, second])
  const { labels, classNames } = first.runs[0]!
  const pairs = classNames.map((name, label) => {
    const members = Int32Array.from(labels.keys()).filter(i => labels[i] === label)
    const only = ({ runs }: TestedModel): TestedModel => ({
      name,
      runs: runs.map(run => subset(run, members)),
    })
    if (members.length === 0)
      throw new HeddleError(`No test example is labelled "${name}": the models cannot be compared on it.`)
    const [pair] = compareModels([only(first), only(second)], options)
    return pair!
  })
  const corrected = holm(pairs.map(({ pValue }) => pValue))
  return pairs.map(({ difference, interval, images }, label) => ({
    name: classNames[label]!,
    difference,
    interval,
    examples: images,
    correctedP: corrected[label]!,
  }))
}

function subset({ probabilities, labels, classNames }: Predictions, members: Int32Array): Predictions {
  const classes = classNames.length
  const rows = new Float32Array(members.length * classes)
  members.forEach((from, to) => {
    rows.set(probabilities.subarray(from * classes, (from + 1) * classes), to * classes)
  })
  return { probabilities: rows, labels: members.map(i => labels[i]!), classNames }
}

/** Accuracies can only be compared where labels and classes are the same, and in the same order. */
function checkSameTest(models: readonly TestedModel[]): void {
  if (models.length < 2) throw new HeddleError('A comparison needs two models or more.')
  const empty = models.find(({ runs }) => runs.length === 0)
  if (empty) throw new HeddleError(`"${empty.name}" has no predictions to compare: test it first.`)
  const [{ name: firstName, runs }] = models as [TestedModel]
  const { labels, classNames } = runs[0]!
  for (const { name, runs: others } of models) {
    for (const run of others) {
      if (run.classNames.join('\n') !== classNames.join('\n')) {
        throw new HeddleError(
          `"${name}" tells ${run.classNames.join(', ')} apart, "${firstName}" ${classNames.join(', ')}: accuracies over ` +
            'different classes cannot be compared.',
        )
      }
      if (run.labels.length !== labels.length || run.labels.some((label, i) => label !== labels[i])) {
        throw new HeddleError(
          `"${name}" and "${firstName}" were tested on different examples (${run.labels.length} and ${labels.length} labels` +
            `${run.labels.length === labels.length ? ', not the same ones' : ''}): test both on the same data.`,
        )
      }
      checkOutputs(run)
    }
  }
}

/** The share of examples that only one of two runs gets right: the mean over all pairs of runs. */
function meanDiscordance(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  let sum = 0
  for (const one of a) {
    for (const other of b) {
      const { onlyFirst, onlySecond } = discordance(one, other)
      sum += (onlyFirst + onlySecond) / one.length
    }
  }
  return sum / (a.length * b.length)
}

function sentenceOf(comparison: Omit<ModelComparison, 'sentence'>, pairs: number): string {
  const { first, second, difference, interval, images, seeds, correctedP, detectable, verdict } = comparison
  const single = seeds[0] === 1 || seeds[1] === 1
  const count = (n: number): string => (n === 1 ? 'one seed' : `${n} seeds`)
  const trained =
    seeds[0] === seeds[1] ? `${count(seeds[0])} each` : `${count(seeds[0])} against ${count(seeds[1])}`
  const p = correctedP < 0.001 ? 'p < 0.001' : `p = ${correctedP.toFixed(3)}`
  const facts =
    `${signed(difference)} points, 95 % interval ${signed(interval[0])} to ${signed(interval[1])}, ` +
    `${p}${pairs > 1 ? ` corrected for ${pairs} pairs` : ''} (${images} images, ${trained})`
  const limit = single ? ', as these were trained: several seeds are needed to speak of the models' : ''
  if (verdict !== 'no evidence') return `${second} is ${verdict} than ${first}: ${facts}${limit}.`
  const more =
    comparison.seedVariance === null
      ? `; on so many images two such networks show ${(100 * detectable).toFixed(2)} points or more${single ? ', and seeds would add to that' : ''}`
      : comparison.seedsNeeded === null
        ? '; no number of seeds would show so little on so few images'
        : `; ${comparison.seedsNeeded} seeds of each are needed to show so much`
  return `No evidence of a difference between ${first} and ${second}: ${facts}${more}.`
}

function signed(share: number): string {
  const points = (100 * share).toFixed(2)
  return share >= 0 ? `+${points}` : points
}
