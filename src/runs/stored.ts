import { HeddleError, UsageError } from '../base/errors.ts'
import { boundedJson } from '../base/json.ts'
import type { Dataset } from '../data/dataset.ts'
import { loadDataset } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { decodeSafetensors } from '../model/files/safetensors-format.ts'
import type { ModelSpec } from '../model/graph.ts'
import { decodeModel } from '../network/decode-model.ts'
import type { Network } from '../network/network.ts'
import { type Predictions, predictionsOf } from '../network/predictions.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore, StoredFile } from '../store/store.ts'
import { type ExperimentSpec, parseExperiment, trainingOf } from '../train/experiment.ts'
import type { TrainSpec } from '../train/options.ts'
import type { OptionWithOrigin, RunSource } from './described.ts'
import { type Environment, environmentIn } from './environment.ts'

/** Enough for the classes of a million-image dataset, with long names. */
const MAX_CLASS_NAMES = 1_000_000

/** How people know a run: `basic-vs-standard/basic, seed 1`. */
export function runName({ experiment, model, seed }: Pick<Run, 'experiment' | 'model' | 'seed'>): string {
  return `${experiment}/${model}, seed ${seed}`
}

/** A run with what the store keeps of it as JSON. */
export interface StoredRun {
  readonly run: Run
  /** The experiment that it belongs to, with its model alone. */
  readonly experiment: ExperimentSpec
  readonly model: ModelSpec
  readonly train: TrainSpec
  /** Where its data was found. */
  readonly source: RunSource
  readonly options: readonly OptionWithOrigin[]
  readonly environment: Environment
}

/**
 * Reads the JSON of a run, which may come from anywhere: the store has checked the shape of all but the experiment, which is
 * parsed here and never executed. Throws a `UsageError` for an experiment that this Heddle cannot read.
 */
export async function storedRun(store: RunStore, run: Run): Promise<StoredRun> {
  const { spec, source, options, environment } = await store.detail(run.id)
  const experiment = parseExperiment(spec, 'The recorded experiment')
  const model = Object.hasOwn(experiment.models, run.model) ? experiment.models[run.model] : undefined
  if (!model) throw new UsageError(`The recorded experiment ${experiment.name} has no model "${run.model}".`)
  const train = trainingOf(experiment, run.model)
  return {
    run,
    experiment,
    model,
    train,
    source: source as RunSource,
    options: withDefaults(options as readonly OptionWithOrigin[], train),
    environment: environmentIn(environment),
  }
}

/** A run of an older version lacks the options that came later: it was trained with their defaults, which `train` has. */
function withDefaults(
  options: readonly OptionWithOrigin[],
  { kind: _, ...train }: TrainSpec,
): readonly OptionWithOrigin[] {
  const others = options.filter(({ name }) => !Object.hasOwn(train, name))
  const origins = new Map(options.map(({ name, origin }) => [name, origin]))
  const own = Object.entries(train).map(([name, value]) => ({
    name,
    value,
    origin: origins.get(name) ?? ('default' as const),
  }))
  return [...others, ...own]
}

/** The data of a run as it is now. `dataDir` is looked in first; left out: where it was found for the run. */
export function loadStoredData(
  { experiment, source }: Pick<StoredRun, 'experiment' | 'source'>,
  { dataDir = source.dataDir ?? undefined, ...loading }: LoadOptions = {},
): Promise<Dataset> {
  return loadDataset(experiment.data, { ...loading, dataDir, baseDir: source.baseDir })
}

/** The data that a run was trained and tested on. Throws a `UsageError` if the data has changed since. */
export async function storedData(store: RunStore, run: Run, loading?: LoadOptions): Promise<Dataset> {
  const data = await loadStoredData(await storedRun(store, run), loading)
  checkSameData(run, data)
  return data
}

/** What a run's network made of every test image. Throws a `UsageError` if the run has kept none. */
export async function storedPredictions(store: RunStore, run: Run): Promise<Predictions> {
  const kept = readPredictions(await artefactOf(store, run, 'predictions.safetensors'))
  const { loss } = (await storedRun(store, run)).train
  return predictionsOf({ ...kept, loss })
}

/** What a file of predictions holds, which may have come from anywhere. Throws a `HeddleError` if it is none. */
export function readPredictions({ bytes, where }: StoredFile): {
  readonly outputs: Float32Array
  readonly labels: Int32Array
  readonly classNames: readonly string[]
} {
  const { metadata, tensors } = decodeSafetensors(bytes, where)
  const [outputs, labels] = [tensors.get('outputs')?.values, tensors.get('labels')?.values]
  const classNames = classNamesIn(metadata.classNames)
  const isSound =
    outputs &&
    labels &&
    classNames &&
    labels.length > 0 &&
    outputs.length % labels.length === 0 &&
    labels.every(label => Number.isInteger(label) && label >= 0 && label < classNames.length)
  if (isSound) return { outputs, labels: Int32Array.from(labels), classNames }
  throw new HeddleError(
    `${where} holds no predictions of Heddle: "outputs", "labels" of their classes and "classNames" are expected.`,
  )
}

function classNamesIn(text: string | undefined): readonly string[] | null {
  try {
    const names: unknown = boundedJson(text ?? '', MAX_CLASS_NAMES)
    return Array.isArray(names) && names.every(name => typeof name === 'string') ? names : null
  } catch {
    return null
  }
}

/** The trained network of a run. Throws a `UsageError` if the run has kept none. */
export async function storedModel(store: RunStore, run: Run, backend: Backend): Promise<Network> {
  const { bytes, where } = await artefactOf(store, run, 'model.safetensors')
  return decodeModel(bytes, { backend, name: where })
}

/** What a run has kept. Throws a `UsageError` that says why it has not. */
export async function artefactOf(store: RunStore, run: Run, name: string): Promise<StoredFile> {
  const file = await store.artefact(run.id, name)
  if (file) return file
  const how = run.study === null ? whyNot(run) : whyNotOfTrial(run)
  throw new UsageError(`The run ${run.id} (${runName(run)}) has no ${name}. ${how}`)
}

function whyNot(run: Run): string {
  return {
    finished: `It could not be written then: "heddle repeat ${run.id}" trains the run again.`,
    running: 'It is still being trained: wait for its end.',
    interrupted: `It was interrupted: "heddle resume ${run.id}" trains it to its end.`,
    // Most would fail again: the reason says what to change.
    failed: `It failed: ${run.reason ?? `"heddle runs show ${run.id}" says why.`}`,
    unreadable: run.note,
  }[run.status]
}

function whyNotOfTrial(run: Run): string {
  if (run.status === 'failed' || run.status === 'unreadable') return whyNot(run)
  if (run.status === 'finished')
    return 'It is a trial of a search, whose test images stay sealed: "heddle search --final" tests the winner.'
  return 'It is a trial of a search that has not trained it to its end: "heddle search --resume" goes on with it.'
}

/** Throws a `UsageError` for a trial: its search alone trains it, and it is not tested. */
export function checkNoTrial({ id, study }: Run): void {
  if (study === null) return
  throw new UsageError(
    `The run ${id} is a trial of a search, whose test images stay sealed: "heddle search --resume" goes on with the search, and ` +
      '"heddle search --final" tests its winner. To train the same network as a run of its own, use its experiment: ' +
      `heddle runs show ${id} --json has it as "spec".`,
  )
}

/** Throws a `UsageError` if data is not what a run was trained and tested on. */
export function checkSameData(run: Run, data: Dataset): void {
  if (data.fingerprint === run.fingerprint) return
  throw new UsageError(
    `The run ${run.id} was trained and tested on other data: ${run.dataset} with the fingerprint ${run.fingerprint.slice(0, 12)}, ` +
      `but here is ${data.name} with ${data.fingerprint.slice(0, 12)}. Name the folder with the original data: --data-dir.`,
  )
}
