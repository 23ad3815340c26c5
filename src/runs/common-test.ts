import { UsageError } from '../base/errors.ts'
import { testFingerprints } from '../data/dataset.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Predictions } from '../network/predictions.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import type { RunGroup } from './groups.ts'
import { storedData, storedPredictions, storedRun } from './stored.ts'

/** The test that all models of a comparison are judged by. */
export interface CommonTest {
  /** The run whose test labels count for all. */
  readonly judge: Run
  /** What the reader must know about it. */
  readonly notes: readonly string[]
}

/** The data of one fingerprint, and the models that were trained on it. */
interface Tested {
  readonly run: Run
  readonly models: string
  readonly testFingerprint: string
  readonly testImages: string
}

/**
 * Finds what models can be compared by. Their test images must be the same; they may be trained on different data. Where test
 * labels were corrected for some of them, all are judged by the corrected labels. Throws a `UsageError` for anything else.
 */
export async function commonTest(
  store: RunStore,
  groups: readonly RunGroup[],
  loading?: LoadOptions,
): Promise<CommonTest> {
  const first = groups[0]!.runs[0]!
  const byData = new Map<string, { run: Run; names: Set<string> }>()
  for (const { name, runs } of groups) {
    for (const run of runs) {
      const one = byData.get(run.fingerprint) ?? { run, names: new Set() }
      one.names.add(name)
      byData.set(run.fingerprint, one)
    }
  }
  if (byData.size === 1) return { judge: first, notes: [] }
  const all: Tested[] = []
  for (const { run, names } of byData.values())
    all.push({ run, models: [...names].join(', '), ...(await testOf(store, run, loading)) })
  const trainedOn = `They were trained on different data: ${all
    .map(({ run, models }) => `${models} on ${run.dataset} (${run.fingerprint.slice(0, 12)})`)
    .join('; ')}.`
  const distinct = (key: 'testFingerprint' | 'testImages'): number => new Set(all.map(one => one[key])).size
  if (distinct('testFingerprint') === 1)
    return { judge: first, notes: [`${trainedOn} The test images and their labels are the same.`] }
  if (distinct('testImages') > 1) {
    const other = all.find(({ testImages }) => testImages !== all[0]!.testImages)!
    throw new UsageError(
      `${all[0]!.models} was tested on ${all[0]!.run.dataset} (test images ${all[0]!.testImages.slice(0, 12)}), ${other.models} on ` +
        `${other.run.dataset} (${other.testImages.slice(0, 12)}): accuracies on different images cannot be compared. Test both on the same images.`,
    )
  }
  const corrected: Tested[] = []
  for (const one of all) {
    const { experiment } = await storedRun(store, one.run)
    if (experiment.data.kind === 'corrected') corrected.push(one)
  }
  if (new Set(corrected.map(({ testFingerprint }) => testFingerprint)).size !== 1) {
    throw new UsageError(
      `${trainedOn} The test images are the same, but their labels are not, and ${corrected.length === 0 ? 'none of them is known to be corrected' : 'there are several corrections'}: it is open ` +
        'which labels are right. Give all models the data with the right test labels, as in data: corrected(source, { … }), and train again.',
    )
  }
  const { run: judge, models } = corrected[0]!
  return {
    judge,
    notes: [
      `${trainedOn} Test labels were corrected too: all models are judged by the corrected labels of ${models}.`,
    ],
  }
}

/** What a run's network says about the test images, with the labels that count. */
export async function judgedPredictions(store: RunStore, run: Run, judge: Run): Promise<Predictions> {
  const own = await storedPredictions(store, run)
  if (run.fingerprint === judge.fingerprint) return own
  return { ...own, labels: (await storedPredictions(store, judge)).labels }
}

/** Recorded, or of a run from before there were such, computed from its data. */
async function testOf(
  store: RunStore,
  run: Run,
  loading?: LoadOptions,
): Promise<Pick<Tested, 'testFingerprint' | 'testImages'>> {
  const { testFingerprint, testImages } = run
  if (testFingerprint !== null && testImages !== null) return { testFingerprint, testImages }
  return testFingerprints(await storedData(store, run, loading))
}
