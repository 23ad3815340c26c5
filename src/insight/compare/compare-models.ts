import { HeddleError } from '../../base/errors.ts'
import { checkOutputs, correctness, type Predictions } from '../../network/predictions.ts'
import { type Comparison, LEVEL, type ModelComparison } from '../../protocol/comparison.ts'
import { differenceOf, type Hits, hitsOf, intervalOf } from '../statistics/difference.ts'
import { detectableDifference, seedsNeeded } from '../statistics/seeds-needed.ts'
import { discordance, holm } from '../statistics/significance.ts'
import { sentenceOf } from './verdict.ts'

/** A model and what each of its runs, one for each seed, says about the test set. */
export interface TestedModel {
  readonly name: string
  readonly runs: readonly Predictions[]
}

/**
 * Every pair of models, compared image by image: difference in accuracy with an interval, a p-value that is corrected for the
 * number of pairs, and what it would take to know more.
 * Throws a `HeddleError` if models were tested on different examples or classes, have no run, or an output is not finite.
 *
 * @example
 * const test = { labels: Int32Array.of(0, 1), classNames: ['cat', 'dog'] }
 * const a = { name: 'a', runs: [{ ...test, probabilities: Float32Array.of(0.9, 0.1, 0.8, 0.2) }] }
 * const b = { name: 'b', runs: [{ ...test, probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8) }] }
 * const [pair] = compareModels([a, b])
 * pair.difference // 0.5
 * pair.verdict // 'no evidence'
 */
export function compareModels(models: readonly TestedModel[]): ModelComparison[] {
  checkSameTest(models)
  const correct = models.map(({ runs }) => runs.map(correctness))
  const hits = models.map(({ name }, i) => hitsOf({ name, runs: correct[i]! }))
  const pairs = hits.flatMap((a, first) =>
    hits.slice(first + 1).map((b, after) => ({ first, second: first + 1 + after, ...differenceOf(a, b) })),
  )
  const corrected = holm(pairs.map(({ pValue }) => pValue))
  const level = LEVEL / pairs.length
  return pairs.map(({ first, second, ...measured }, i) => {
    const { difference, pValue, uncertainty } = measured
    const both: readonly [Hits, Hits] = [hits[first]!, hits[second]!]
    const [ofFirst, ofSecond] = [correct[first]!, correct[second]!]
    const found = corrected[i]! < LEVEL
    const single = ofFirst.length === 1 && ofSecond.length === 1
    const comparison = {
      first: models[first]!.name,
      second: models[second]!.name,
      images: ofFirst[0]!.length,
      seeds: [ofFirst.length, ofSecond.length] as const,
      difference,
      interval: intervalOf(measured),
      imageVariance: uncertainty.images.variance,
      seedVariance: uncertainty.seeds?.variance ?? null,
      pValue,
      correctedP: corrected[i]!,
      discordance: single ? discordance(ofFirst[0]!, ofSecond[0]!) : null,
      detectable: detectableDifference(uncertainty, level),
      seedsNeeded: found ? null : seedsNeeded(measured, both, level),
      verdict: found ? (difference > 0 ? ('better' as const) : ('worse' as const)) : ('no evidence' as const),
    }
    return { ...comparison, sentence: sentenceOf(comparison, pairs.length) }
  })
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
export function classEffects(models: readonly TestedModel[]): Comparison['classEffects'] {
  checkSameTest(models)
  const { labels, classNames } = models[0]!.runs[0]!
  const correct = models.map(({ name, runs }) => ({ name, runs: runs.map(correctness) }))
  const byClass = classesOf(labels, classNames).map(({ name, places }) => ({
    name,
    hits: correct.map(group => hitsOf(group, places)),
  }))
  return models.slice(1).map((second, i) => {
    const differences = byClass.map(({ hits }) => differenceOf(hits[0]!, hits[i + 1]!))
    const corrected = holm(differences.map(({ pValue }) => pValue))
    return {
      first: models[0]!.name,
      second: second.name,
      classes: byClass.map(({ name, hits }, label) => ({
        name,
        difference: differences[label]!.difference,
        interval: intervalOf(differences[label]!),
        examples: hits[0]!.shares.length,
        correctedP: corrected[label]!,
      })),
    }
  })
}

/** The places of each class's examples, of the classes that have any. */
function classesOf(
  labels: Int32Array,
  classNames: readonly string[],
): readonly { readonly name: string; readonly places: Int32Array }[] {
  const places = classNames.map((): number[] => [])
  labels.forEach((label, i) => {
    places[label]!.push(i)
  })
  return classNames.flatMap((name, label) =>
    places[label]!.length === 0 ? [] : [{ name, places: Int32Array.from(places[label]!) }],
  )
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
          `"${name}" predicts the classes ${run.classNames.join(', ')}, "${firstName}" ${classNames.join(', ')}: accuracies over ` +
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
