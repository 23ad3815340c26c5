import type { Comparison, ModelComparison } from '../protocol/comparison.ts'
import { HeddleError } from '../spec/errors.ts'
import { type BootstrapOptions, Resampled, type RunGroup } from './bootstrap.ts'
import { checkOutputs, correctness, type Predictions } from './predictions.ts'
import { detectableDifference, discordance, exactMcNemar, holm, seedsNeeded } from './significance.ts'

/** A model and what each of its runs, one for each seed, says about the test set. */
export interface TestedModel {
  readonly name: string
  readonly runs: readonly Predictions[]
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
    groups.slice(first + 1).map((_, after) => measuredPair(groups, resampled, [first, first + 1 + after])),
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

/** A pair as it was measured, before it is corrected for the other pairs. */
function measuredPair(
  groups: readonly RunGroup[],
  resampled: Resampled,
  [first, second]: readonly [number, number],
) {
  const measured = resampled.difference(first, second)
  const [a, b] = [groups[first]!.runs, groups[second]!.runs]
  const counts = a.length === 1 && b.length === 1 ? discordance(a[0]!, b[0]!) : null
  const pValue = counts ? exactMcNemar(counts) : measured.pValue
  return { first, second, ...measured, pValue, discordance: counts, discordant: meanDiscordance(a, b) }
}

/**
 * The first model with each of the others, class by class: where one of them is better, though overall it may not be.
 * Classes without test examples are left out. Throws a `HeddleError` where `compareModels` does.
 *
 * @example
 * const test = { labels: Int32Array.of(0, 1), classNames: ['cat', 'dog'] }
 * const a = { name: 'a', runs: [{ ...test, probabilities: Float32Array.of(0.9, 0.1, 0.8, 0.2) }] }
 * const b = { name: 'b', runs: [{ ...test, probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8) }] }
 * classEffects([a, b])[0].classes.map(({ difference }) => difference) // [0, 1]
 */
export function classEffects(
  models: readonly TestedModel[],
  options: BootstrapOptions = {},
): Comparison['classEffects'] {
  checkSameTest(models)
  const { labels, classNames } = models[0]!.runs[0]!
  const correct = models.map(({ name, runs }) => ({ name, runs: runs.map(correctness) }))
  const byClass = classNames.flatMap((name, label) => {
    if (!labels.includes(label)) return []
    const groups = correct.map(group => ({
      ...group,
      runs: group.runs.map(run => run.filter((_, i) => labels[i] === label)),
    }))
    const examples = groups[0]!.runs[0]!.length
    const resampled = new Resampled(groups, options)
    return {
      name,
      examples,
      pairs: models.slice(1).map((_, i) => measuredPair(groups, resampled, [0, i + 1])),
    }
  })
  return models.slice(1).map((second, i) => {
    const corrected = holm(byClass.map(({ pairs }) => pairs[i]!.pValue))
    return {
      first: models[0]!.name,
      second: second.name,
      classes: byClass.map(({ name, examples, pairs }, label) => {
        const { difference, interval } = pairs[i]!
        return { name, difference, interval, examples, correctedP: corrected[label]! }
      }),
    }
  })
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
