import { UsageError } from '../base/errors.ts'
import { statisticOf } from '../base/maths.ts'
import { percent, plusMinus } from '../base/text.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { compareModels } from '../insight/compare/compare-models.ts'
import { classCountOf } from '../model/model.ts'
import { evaluate } from '../network/evaluate.ts'
import { type Predictions, predictionsOf } from '../network/predictions.ts'
import type { StudyEvent } from '../protocol/study.ts'
import { predictionsFile } from '../runs/record.ts'
import { loadStoredData, storedModel, storedRun } from '../runs/stored.ts'
import type { RunStore } from '../store/store.ts'
import { isAtEnd, type StoredSearch, storedSearch } from './stored-search.ts'
import type { Trial } from './study-state.ts'
import { verdictOf } from './verdict.ts'

export interface SealedTestOptions {
  readonly backend: Backend
  /** Where the data is looked for; left out: where it was found for the search. */
  readonly loading?: LoadOptions | undefined
  /** Called before each network is tested. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

/**
 * Opens the test images of a search, once: tests every repeat of the winner and of the starting point, and keeps the result in the
 * log of the search. The store counts a look at the test images. If they were opened before, nothing is done.
 *
 * Throws a `UsageError` that says what to do first if the repeats are not done.
 */
export async function openSealedTest(store: RunStore, id: string, options: SealedTestOptions): Promise<void> {
  const stored = await storedSearch(store, id)
  if (stored.study.final) return
  const configurations = configurationsIn(stored)
  const count = configurations.reduce((sum, { repeats }) => sum + repeats.length, 0)
  // Counted first: an error does not undo a look.
  await store.looks.add(stored.setup.fingerprint, 'evaluate', count)
  let done = 0
  const tested = []
  for (const { repeats, ...configuration } of configurations) {
    const runs = []
    for (const { run, seed } of repeats) {
      options.onProgress?.(done++, count)
      runs.push({ run, seed, ...(await testRun(store, run, options)) })
    }
    tested.push({ ...configuration, runs })
  }
  const event: StudyEvent = {
    type: 'final',
    results: tested.map(({ trial, runs }) => ({
      trial,
      runs: runs.map(({ run, seed, testAccuracy }) => ({ run, seed, testAccuracy })),
    })),
    sentence: sentenceOf(tested),
  }
  await store.studies.append(id, stored.study.events, [event])
}

interface Configuration {
  readonly trial: number
  readonly name: string
  readonly repeats: readonly Trial[]
}

/** The starting point, where it is not the winner, and the winner, with their repeats. */
function configurationsIn({ row: { name }, study }: StoredSearch): Configuration[] {
  const { rules, trials } = study
  const first = `heddle search --resume ${name}`
  if (!isAtEnd(study))
    throw new UsageError(`The search ${name} is not at its end. Continue it first: ${first}.`)
  const verdict = verdictOf(rules, trials)
  if (!verdict) {
    throw new UsageError(
      rules.repeats.top === 0
        ? `The search ${name} repeats no trial, so it has no winner to test. Set repeats, such as { top: 3, seeds: 5 }, in its file and continue it with the file: --resume FILE.`
        : `The best trials of the search ${name} have not been trained with further seeds. Do that first: ${first}. A larger budget may be needed: --time or --trials.`,
    )
  }
  const start = trials.find(({ origin }) => origin === 'start')?.trial
  const numbers = start === undefined || start === verdict.winner ? [verdict.winner] : [start, verdict.winner]
  return numbers.map(trial => ({
    trial,
    name: trial === start ? `your starting point (trial ${trial})` : `trial ${trial}`,
    repeats: trials.filter(({ of, isDone, reason }) => of === trial && isDone && reason === null),
  }))
}

interface Tested {
  readonly testAccuracy: number
  readonly predictions: Predictions
}

async function testRun(
  store: RunStore,
  id: string,
  { backend, loading }: SealedTestOptions,
): Promise<Tested> {
  const run = await store.run(id)
  const network = await storedModel(store, run, backend)
  const data = await loadStoredData(await storedRun(store, run), loading)
  const { labels } = data.test
  const outputs = new Float32Array(data.test.count * classCountOf(network.model))
  const { accuracy } = await evaluate(network, data.test, { into: outputs })
  await store.putArtefact(id, 'predictions.safetensors', predictionsFile(outputs, data))
  const { loss } = network.about
  return {
    testAccuracy: accuracy,
    predictions: predictionsOf({
      outputs,
      labels: Int32Array.from(labels),
      classNames: data.classNames,
      loss,
    }),
  }
}

/** Whether the winner is better than the starting point on the test images, or how good it is where it is the starting point. */
function sentenceOf(tested: readonly { readonly name: string; readonly runs: readonly Tested[] }[]): string {
  const text = tested[1] ? comparisonOf(tested) : accuracyOf(tested[0]!)
  return text[0]!.toUpperCase() + text.slice(1)
}

function comparisonOf(tested: Parameters<typeof sentenceOf>[0]): string {
  const models = tested.map(({ name, runs }) => ({ name, runs: runs.map(({ predictions }) => predictions) }))
  return compareModels(models)[0]!.sentence
}

function accuracyOf({ name, runs }: Parameters<typeof sentenceOf>[0][number]): string {
  const accuracy = statisticOf(runs.map(({ testAccuracy }) => testAccuracy))
  return `${name} is the winner: its test accuracy is ${plusMinus(accuracy, percent)}.`
}
