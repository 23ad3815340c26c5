import { createHash } from 'node:crypto'
import {
  type Backend,
  buildNamed,
  type ConfusionMatrix,
  confusionMatrix,
  createDataset,
  type Dataset,
  diagnoseOutputs,
  type Examples,
  type ExperimentResult,
  type ExperimentSpec,
  evaluate,
  HeddleError,
  type Network,
  type OutputDiagnosis,
  predict,
  predictedClasses,
  type RunResult,
  runExperiment,
  statisticOf,
  type TrainEvent,
  trainingOf,
} from 'heddle'
import type { Build } from 'heddle/cli'

/** Everything that the tables and pictures need of one training: it is written when the training is done. */
export interface RunRecord {
  /** SHA-256 of experiment, model, training options, seed and data: see `keyOf`. */
  readonly key: string
  readonly build: Build
  readonly experiment: string
  readonly model: string
  readonly params: number
  readonly multiplyAdds: number
  readonly run: RunResult
  /** The standard error of the test loss, from the spread of blocks of test images. */
  readonly lossError: number
  readonly stepsPerEpoch: number
  /** Of each epoch: its steps, and with its measurements. */
  readonly epochMs: readonly { readonly train: number; readonly all: number }[]
  /** Measured again after training, dropout off; `null` where the report's numbers are not of this kind. */
  readonly train: { readonly loss: number; readonly accuracy: number } | null
  /** On test images in the pixel range that it was not trained on: what a forgotten division by 255 does. */
  readonly otherPixels: { readonly loss: number; readonly accuracy: number }
  /** Of the test images; rows and columns of spare outputs follow the classes if any was predicted. */
  readonly confusion: ConfusionMatrix
  readonly outputs: OutputDiagnosis
  readonly dataset: ExperimentResult['dataset']
  readonly backend: string
  readonly machine: ExperimentResult['machine']
}

/** A training that ended in an error, such as a loss that is no number: it would do so again. */
export interface FailedRecord {
  readonly key: string
  readonly build: Build
  readonly seed: number
  readonly failed: string
}

/** Short enough for CI: the numbers mean nothing, every artefact is made. */
export const QUICK = { train: 2000, test: 1000, epochs: 2 } as const

/** The same experiment for so many epochs. */
export function quickExperiment(experiment: ExperimentSpec): ExperimentSpec {
  const { epochs } = QUICK
  return {
    ...experiment,
    train: { ...experiment.train, epochs },
    overrides: Object.fromEntries(
      Object.entries(experiment.overrides).map(([model, options]) => [model, { ...options, epochs }]),
    ),
  }
}

/** The first images of a dataset. */
export function quickDataset(data: Dataset): Dataset {
  const first = ({ images, labels }: Examples, count: number): Examples => ({
    images: images.subarray(0, count * (images.length / labels.length)),
    labels: labels.subarray(0, count),
  })
  return createDataset({
    ...data,
    name: `${data.name} (the first ${QUICK.train} and ${QUICK.test})`,
    train: first(data.train, QUICK.train),
    test: first(data.test, QUICK.test),
  })
}

/** One of an experiment's models, as an experiment. */
export function onlyModel(experiment: ExperimentSpec, model: string): ExperimentSpec {
  const spec = experiment.models[model]
  if (!spec) {
    throw new HeddleError(
      `The experiment ${experiment.name} has no model "${model}", which its report prints. It has ${Object.keys(experiment.models).join(', ')}.`,
    )
  }
  const overrides = experiment.overrides[model]
  return { ...experiment, models: { [model]: spec }, overrides: overrides ? { [model]: overrides } : {} }
}

/** Changes when a record holds something new: older ones are then trained again. */
const RECORD_VERSION = 2

/** What a run's numbers follow from: two runs with one key have the same result. */
export function keyOf(experiment: ExperimentSpec, model: string, seed: number, data: Dataset): string {
  const { models, train, data: source } = onlyModel(experiment, model)
  const training = trainingOf(experiment, model)
  const parts = [
    RECORD_VERSION,
    experiment.name,
    source,
    models,
    train.kind,
    training,
    seed,
    data.fingerprint,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

export interface TrainItemOptions {
  readonly model: string
  readonly seed: number
  readonly data: Dataset
  readonly backend: Backend
  readonly build: Build
  /** Measure the training images again after training. */
  readonly evaluateTraining: boolean
  readonly signal?: AbortSignal | undefined
  readonly onNotice?: (message: string) => void
  readonly onEvent?: (event: TrainEvent) => void
}

/** Trains one model once and asks the network everything that its report shows. */
export async function trainItem(experiment: ExperimentSpec, options: TrainItemOptions): Promise<RunRecord> {
  const { model, seed, data, backend, build, evaluateTraining, signal, onNotice, onEvent } = options
  const { loss, batchSize, pixelRange } = trainingOf(experiment, model)
  const otherRange = pixelRange === 'unit' ? 'raw' : 'unit'
  let asked:
    | Pick<RunRecord, 'run' | 'lossError' | 'train' | 'otherPixels' | 'confusion' | 'outputs'>
    | undefined
  let stepsPerEpoch = 0
  const epochMs: { train: number; all: number }[] = []
  const result = await runExperiment(onlyModel(experiment, model), data, {
    seeds: [seed],
    backend,
    signal,
    onNotice,
    onEvent(event) {
      if (event.type === 'run-start') stepsPerEpoch = event.stepsPerEpoch
      if (event.type === 'epoch') epochMs.push({ train: event.trainMs, all: event.durationMs })
      onEvent?.(event)
    },
    async onRun(_model, run, network) {
      const outputs = await predict(network, data.test.images, { batchSize, pixelRange })
      const outputCount = outputs.length / data.test.labels.length
      asked = {
        run,
        lossError: await lossError(network, data.test, { loss, batchSize, pixelRange }),
        train: evaluateTraining ? await evaluate(network, data.train, { loss, batchSize, pixelRange }) : null,
        otherPixels: await evaluate(network, data.test, { loss, batchSize, pixelRange: otherRange }),
        confusion: withoutSpares(
          confusionMatrix(data.test.labels, predictedClasses(outputs, outputCount), outputCount),
          data.classNames.length,
        ),
        outputs: diagnoseOutputs(outputs, data.test.labels, outputCount),
      }
    },
  })
  const { parameterCount, multiplyAdds } = buildNamed(model, experiment.models[model]!, data.imageShape)
  return {
    key: keyOf(experiment, model, seed, data),
    build,
    experiment: experiment.name,
    model,
    params: parameterCount,
    multiplyAdds,
    ...asked!,
    stepsPerEpoch,
    epochMs,
    dataset: result.dataset,
    backend: backend.description,
    machine: result.machine,
  }
}

/** Blocks of this many images: enough blocks for a spread, enough images in each for a mean. */
const BLOCK = 100

/** The standard error of the mean loss: that of the means of blocks of images. */
async function lossError(
  network: Network,
  { images, labels }: Examples,
  options: Parameters<typeof evaluate>[2],
): Promise<number> {
  const size = images.length / labels.length
  const means: number[] = []
  for (let from = 0; from < labels.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, labels.length)
    const block = { images: images.subarray(from * size, to * size), labels: labels.subarray(from, to) }
    means.push((await evaluate(network, block, options)).loss)
  }
  const { std, n } = statisticOf(means)
  return std / Math.sqrt(n)
}

/** Outputs that stand for no class are left out, unless one of them was predicted. */
function withoutSpares(matrix: ConfusionMatrix, classCount: number): ConfusionMatrix {
  const spare = matrix.some(row => row.slice(classCount).some(count => count > 0))
  return spare ? matrix : matrix.slice(0, classCount).map(row => row.slice(0, classCount))
}
