import { UsageError } from '../base/errors.ts'
import type { Dataset } from '../data/dataset.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { auditData } from '../insight/audit/index.ts'
import { type Finding, lintExperiment } from '../insight/doctor/index.ts'
import { explainImages } from '../insight/explain/explain-images.ts'
import type { Model } from '../model/model.ts'
import type { DataAudit } from '../protocol/audit.ts'
import type { Comparison, TestLooks } from '../protocol/comparison.ts'
import type { ModelEvaluation } from '../protocol/evaluation.ts'
import type { ImageExplanation } from '../protocol/explanations.ts'
import type { Epoch, Happening, Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import { commonTest, judgedPredictions } from './common-test.ts'
import { compareGroups } from './compare.ts'
import type { OptionWithOrigin } from './described.ts'
import type { Environment } from './environment.ts'
import { evaluateOn } from './evaluate.ts'
import { groupRuns, type RunGroup } from './groups.ts'
import { looksAt } from './looks.ts'
import { loadStoredData, type StoredRun, storedData, storedModel, storedRun } from './stored.ts'

export interface ReportedRun {
  readonly run: Run
  readonly epochs: readonly Epoch[]
  readonly environment: Environment
  readonly happenings: readonly Happening[]
}

export interface ReportedModel {
  readonly name: string
  /** The experiment of its runs, with this model alone. */
  readonly experiment: ExperimentSpec
  readonly model: Model
  /** The options of the first run; the others differ in their seed. */
  readonly options: readonly OptionWithOrigin[]
  readonly runs: readonly ReportedRun[]
  /** The evaluation of the first run. */
  readonly evaluation: ModelEvaluation
  readonly findings: readonly Finding[]
  /** Explains the test images that the first run found hardest. */
  readonly explanations: readonly { readonly index: number; readonly explanation: ImageExplanation }[]
}

/** Everything that a report shows. */
export interface ReportMaterial {
  readonly data: Dataset
  /** Its images with their labels before they were changed by `relabel`; `null`: they were not. */
  readonly original: Dataset | null
  /** `null`: it was not asked for. */
  readonly audit: DataAudit | null
  readonly models: readonly ReportedModel[]
  /** `null`: there is one model. */
  readonly comparison: Comparison | null
  readonly looks: TestLooks
  readonly notes: readonly string[]
}

export interface GatherOptions {
  readonly backend: Backend
  readonly loading?: LoadOptions
  readonly robustness?: boolean
  /** Also look for what is odd about the data: a minute for 70,000 images. */
  readonly audit?: boolean
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((what: string) => void) | undefined
}

/** As many of the hardest images are explained. */
const EXPLAINED = 6
const HARDEST = 24

/**
 * Everything about models of a store, which runs, experiments and `experiment/model` name. The store counts it as a look at the
 * test images. Throws where `compareRuns` and `evaluateRun` do.
 */
export async function gatherReport(
  store: RunStore,
  wanted: readonly string[],
  { backend, loading, robustness = true, audit = true, signal, onProgress }: GatherOptions,
): Promise<ReportMaterial> {
  const { groups, notes } = await groupRuns(store, wanted)
  const first = groups[0]?.runs[0]
  if (!first) throw new UsageError('There are no runs to report on.')
  const { judge, notes: testNotes } = await commonTest(store, groups, loading)
  const data = await storedData(store, judge, loading)
  const tell = (message: string): void => onProgress?.(`Auditing the data: ${message}`)
  const audited = audit ? await auditData(data, { backend, signal, onProgress: tell }) : null
  const models: ReportedModel[] = []
  for (const group of groups) {
    onProgress?.(`Evaluating ${group.name}`)
    const [run] = group.runs as [Run]
    const own = run.fingerprint === judge.fingerprint ? data : await storedData(store, run, loading)
    // Judged by the common test, and by what it was itself trained on.
    const tested = own === data ? data : { ...own, test: data.test }
    models.push(await reportedModel(store, group, { data: tested, judge, backend, robustness }))
  }
  onProgress?.('Comparing')
  const comparison = groups.length > 1 ? await compareGroups(store, { groups, notes }, { backend }) : null
  await store.looks.add(data.fingerprint, 'report', groups.flatMap(({ runs }) => runs).length)
  const looks = await looksAt(store, data.fingerprint)
  return {
    data,
    original: await beforeRelabelling(await storedRun(store, judge), loading),
    audit: audited,
    models,
    // This report is a look, too.
    comparison: comparison && { ...comparison, looks },
    looks,
    notes: [...notes, ...testNotes],
  }
}

function beforeRelabelling(
  { experiment, source }: StoredRun,
  loading: LoadOptions | undefined,
): Promise<Dataset> | null {
  const { data } = experiment
  if (data.kind !== 'relabel') return null
  return loadStoredData({ experiment: { ...experiment, data: data.source }, source }, loading)
}

async function reportedModel(
  store: RunStore,
  { name, runs }: RunGroup,
  { data, judge, backend, robustness }: { data: Dataset; judge: Run; backend: Backend; robustness: boolean },
): Promise<ReportedModel> {
  const run = runs[0]!
  const predictions = await judgedPredictions(store, run, judge)
  const options = { store, run, predictions, backend, robustness, worst: HARDEST }
  const evaluation = await evaluateOn(data, options)
  const network = await storedModel(store, run, backend)
  const { pixelRange } = network.about
  const stored = await storedRun(store, run)
  const hardest = evaluation.hardest.slice(0, EXPLAINED)
  const { images } = data.test.take(hardest.map(({ index }) => index))
  const explained = hardest.length > 0 ? await explainImages(network, { images, pixelRange }) : []
  return {
    name,
    experiment: stored.experiment,
    model: network.model,
    options: stored.options,
    runs: await Promise.all(runs.map(one => reportedRun(store, one))),
    evaluation,
    findings: lintExperiment(stored.experiment, data),
    explanations: explained.map((explanation, i) => ({ index: hardest[i]!.index, explanation })),
  }
}

async function reportedRun(store: RunStore, run: Run): Promise<ReportedRun> {
  const { environment } = await storedRun(store, run)
  const [epochs, happenings] = [await store.epochs(run.id), await store.happenings(run.id)]
  return { run, epochs, environment, happenings }
}
