import { UsageError } from '../base/errors.ts'
import { mean, statisticOf } from '../base/maths.ts'
import { listOf, percent } from '../base/text.ts'
import type { Backend } from '../engine/backend.ts'
import { classEffects, compareModels, type TestedModel } from '../insight/compare/compare-models.ts'
import { paretoFront } from '../insight/compare/pareto.ts'
import { wilsonInterval } from '../insight/statistics/noise.ts'
import { latencyOf } from '../network/latency.ts'
import { absentClasses, correctness, type Predictions } from '../network/predictions.ts'
import type { ComparedModel, Comparison, ModelComparison, ModelCost } from '../protocol/comparison.ts'
import type { RunStore } from '../store/store.ts'
import { commonTest, judgedPredictions } from './common-test.ts'
import { type GroupedRuns, groupRuns, type RunGroup } from './groups.ts'
import { chosenOnTest, looksAt } from './looks.ts'
import { runName, storedModel } from './stored.ts'

/**
 * Compares models of a store on their test images: every `wanted` is a run, an experiment, or `experiment/model`, and runs of
 * one configuration are the seeds of one model; where there is only one, its runs are compared. The store counts it as a look
 * at the test images.
 *
 * Throws a `UsageError` if runs were tested on different data, or have kept no predictions, and a `HeddleError` where an
 * output is not finite. A class without test images is left out where classes are compared, with a warning.
 */
export async function compareRuns(
  store: RunStore,
  wanted: readonly string[],
  options: { readonly backend: Backend },
): Promise<Comparison> {
  const { groups, notes } = await groupRuns(store, wanted)
  const seedBySeed = (groups[0]?.runs ?? []).map(run => ({ name: runName(run), runs: [run] }))
  const compared = groups.length === 1 ? seedBySeed : groups
  if (compared.length < 2) {
    throw new UsageError(
      `A comparison needs two models or more: ${[...new Set(wanted)].join(' and ')} ${new Set(wanted).size === 1 ? 'is' : 'are'} one. "heddle runs ls --group configuration" lists what ` +
        'has been trained.',
    )
  }
  const comparison = await compareGroups(store, { groups: compared, notes }, options)
  const { fingerprint, models } = comparison
  await store.looks.add(fingerprint, 'compare', models.flatMap(({ runs }) => runs).length)
  return { ...comparison, looks: await looksAt(store, fingerprint) }
}

/** Compares two models or more, without recording a look at the test images. */
export async function compareGroups(
  store: RunStore,
  { groups, notes }: GroupedRuns,
  { backend }: { readonly backend: Backend },
): Promise<Comparison> {
  const test = await commonTest(store, groups)
  const tested: TestedModel[] = []
  for (const { name, runs } of groups)
    tested.push({ name, runs: await Promise.all(runs.map(run => judgedPredictions(store, run, test.judge))) })
  const pairs = compareModels(tested)
  const models: ComparedModel[] = []
  for (const [i, { name, runs }] of groups.entries())
    models.push(await comparedModel(store, { name, runs, tested: tested[i]!, backend }))
  const images = tested[0]!.runs[0]!.labels.length
  const classes = tested[0]!.runs[0]!.classNames.length
  return {
    dataset: test.judge.dataset,
    fingerprint: test.judge.fingerprint,
    images,
    verdict: verdictOf(models, pairs),
    models,
    pairs,
    classEffects: classEffects(tested),
    pareto: fronts(models),
    looks: await looksAt(store, test.judge.fingerprint),
    warnings: [
      ...notes,
      ...test.notes,
      ...models.flatMap(({ name, accuracy }) =>
        wilsonInterval(accuracy.mean, images)[1] < 1 / classes
          ? [
              `${name} is below chance: ${percent(accuracy.mean)} with ${classes} classes. Look at its head: heddle doctor.`,
            ]
          : [],
      ),
      ...withoutImages(tested[0]!.runs[0]!),
      ...(await chosenOnTest(store, groups)),
    ],
  }
}

function withoutImages(predictions: Predictions): string[] {
  const names = absentClasses(predictions)
  if (names.length === 0) return []
  return [
    `No test image is labelled ${listOf(names)}: the models cannot be compared on ${names.length === 1 ? 'this class' : 'these classes'}.`,
  ]
}

async function comparedModel(
  store: RunStore,
  { name, runs, tested, backend }: RunGroup & { readonly tested: TestedModel; readonly backend: Backend },
): Promise<ComparedModel> {
  const accuracies = tested.runs.map(run => mean(correctness(run)))
  const network = await storedModel(store, runs[0]!, backend)
  const seconds = runs.flatMap(run => run.seconds ?? [])
  return {
    name,
    runs: runs.map(({ id, seed }, i) => ({ id, seed, accuracy: accuracies[i]! })),
    accuracy: statisticOf(accuracies),
    cost: {
      params: network.model.parameterCount,
      multiplyAdds: network.model.multiplyAdds,
      trainSeconds: seconds.length === runs.length ? mean(seconds) : null,
      latencyMs: await latencyOf(network),
    },
  }
}

function fronts(models: readonly ComparedModel[]): Comparison['pareto'] {
  const front = (cost: keyof ModelCost): string[] =>
    paretoFront(
      models.flatMap(model => {
        const value = model.cost[cost]
        return value === null ? [] : [{ name: model.name, accuracy: model.accuracy.mean, cost: value }]
      }),
    ).map(({ name }) => name)
  const [params, multiplyAdds] = [front('params'), front('multiplyAdds')]
  return { params, multiplyAdds, trainSeconds: front('trainSeconds'), latencyMs: front('latencyMs') }
}

/** What all pairs say together, about the model with the highest accuracy. */
function verdictOf(models: readonly ComparedModel[], pairs: readonly ModelComparison[]): string {
  if (pairs.length === 1) return pairs[0]!.sentence
  const best = models.reduce((a, b) => (b.accuracy.mean > a.accuracy.mean ? b : a))
  const against = pairs
    .filter(({ first, second }) => first === best.name || second === best.name)
    .map(pair => ({
      other: pair.first === best.name ? pair.second : pair.first,
      found: pair.verdict !== 'no evidence',
    }))
  const beaten = against.filter(({ found }) => found).map(({ other }) => other)
  const open = against.filter(({ found }) => !found).map(({ other }) => other)
  const corrected = `(${percent(best.accuracy.mean)}, ${models.length} models, p-values corrected for ${pairs.length} pairs)`
  const all = { most: Infinity }
  if (beaten.length === 0)
    return `No evidence that ${best.name}, which has the highest accuracy, is better than any other ${corrected}.`
  return (
    `${best.name} is better than ${listOf(beaten, all)}` +
    `${open.length > 0 ? `; there is no evidence that it is better than ${listOf(open, all)}` : ''} ${corrected}.`
  )
}
