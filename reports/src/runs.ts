import {
  type Backend,
  type Dataset,
  type Examples,
  evaluate,
  type Network,
  type RunResult,
  statisticOf,
  trainingOf,
} from 'heddle'
import {
  type ConfusionMatrix,
  confusionMatrix,
  diagnoseOutputs,
  type OutputDiagnosis,
  predictedClasses,
} from 'heddle/analysis'
import {
  configurationOf,
  type Environment,
  fromJson,
  type Run,
  type RunStore,
  readPredictions,
  storedModel,
  storedResult,
  storedRun,
  toJson,
} from 'heddle/store'
import type { Item } from './item.ts'

/** A model that is to be trained once. */
export interface Training {
  readonly item: Item
  readonly seed: number
  readonly data: Dataset
  /** Measure the training images again after training. */
  readonly evaluateTraining: boolean
}

interface Recorded {
  readonly stored: Run
  readonly environment: Environment
}

/** Everything that the tables and pictures need of one finished run. */
export interface RunRecord extends Recorded, Measured {
  readonly run: RunResult
  /** Numbers of images. */
  readonly images: { readonly train: number; readonly test: number }
  /** The time of each epoch: its steps alone, and together with its measurements. */
  readonly epochMs: readonly { readonly train: number; readonly all: number }[]
  /** Counts test images; rows and columns of spare outputs follow the classes if any was predicted. */
  readonly confusion: ConfusionMatrix
  readonly outputs: OutputDiagnosis
}

/** A training that ended in an error, such as a loss that is no number: it would do so again. */
export interface FailedRecord extends Recorded {
  readonly failed: string
}

/** What the trained network was asked besides its test. */
interface Measured {
  /** The standard error of the test loss, from the spread of blocks of test images. */
  readonly errorOfLoss: number
  /** Measured again after training, dropout off; `null` where the report's numbers are not of this kind. */
  readonly train: { readonly loss: number; readonly accuracy: number } | null
  /** On test images in the pixel range that it was not trained on: what a forgotten division by 255 does. */
  readonly otherPixels: { readonly loss: number; readonly accuracy: number }
}

/** The file that the store keeps with a run of a report: what the network was asked, or why its training cannot be finished. */
const KEPT = 'report.json'

/**
 * The rule by which a training is not done again: the store has a run of its experiment, model, configuration (see
 * `configurationOf`) and seed that finished, or that failed for a reason which is kept. The newest one counts.
 */
export async function recordOf(
  store: RunStore,
  training: Training,
  backend: Backend,
): Promise<RunRecord | FailedRecord | null> {
  const { seed, data } = training
  const { experiment, model } = training.item
  const configuration = configurationOf(experiment, model, data)
  for (const stored of await store.list({ experiment: experiment.name, model, seed, configuration })) {
    const kept = await keptOf(store, stored)
    const { environment } = await storedRun(store, stored)
    if (stored.status === 'failed' && kept && 'failed' in kept) return { stored, environment, ...kept }
    if (stored.status !== 'finished') continue
    const predictions = await store.artefact(stored.id, 'predictions.safetensors')
    const run = await storedResult(store, stored, { data, train: trainingOf(experiment, model) })
    if (!predictions || !run) continue
    const { outputs, labels } = readPredictions(predictions)
    const outputCount = outputs.length / labels.length
    const epochs = await store.epochs(stored.id)
    return {
      stored,
      environment,
      run,
      images: { train: data.train.labels.length, test: labels.length },
      epochMs: epochs.map(({ trainMs, durationMs }) => ({ train: trainMs, all: durationMs })),
      confusion: withoutSpares(
        confusionMatrix(labels, predictedClasses(outputs, outputCount), outputCount),
        data.classNames.length,
      ),
      outputs: diagnoseOutputs(outputs, labels, outputCount),
      ...(kept && 'otherPixels' in kept ? kept : await measure(store, stored, training, backend)),
    }
  }
  return null
}

/** Keeps with a run what was measured, or why it failed. */
export async function keep(store: RunStore, id: string, value: Kept): Promise<void> {
  await store.putArtefact(id, KEPT, [Buffer.from(toJson(value))])
}

type Kept = Measured | Pick<FailedRecord, 'failed'>

/** `null`: the store has no such file, or one of other content. The network is then asked again. */
async function keptOf(store: RunStore, { id }: Run): Promise<Kept | null> {
  const file = await store.artefact(id, KEPT)
  if (file === null) return null
  try {
    const kept = fromJson(Buffer.from(file.bytes).toString()) as Partial<Measured & FailedRecord>
    const isKept = typeof kept.failed === 'string' || typeof kept.otherPixels?.loss === 'number'
    return isKept ? (kept as Kept) : null
  } catch {
    return null
  }
}

async function measure(
  store: RunStore,
  stored: Run,
  { item: { experiment, model }, data, evaluateTraining }: Training,
  backend: Backend,
): Promise<Measured> {
  const network = await storedModel(store, stored, backend)
  const { loss, batchSize, pixelRange } = trainingOf(experiment, model)
  const otherRange = pixelRange === 'unit' ? 'raw' : 'unit'
  const measured = {
    errorOfLoss: await errorOfLoss(network, data.test, { loss, batchSize, pixelRange }),
    train: evaluateTraining ? await evaluate(network, data.train, { loss, batchSize, pixelRange }) : null,
    otherPixels: await evaluate(network, data.test, { loss, batchSize, pixelRange: otherRange }),
  }
  await keep(store, stored.id, measured)
  return measured
}

/** Blocks of this many images: enough blocks for a spread, enough images in each for a mean. */
const BLOCK = 100

/** The standard error of the mean loss: that of the means of blocks of images. */
async function errorOfLoss(
  network: Network,
  examples: Examples,
  options: Parameters<typeof evaluate>[2],
): Promise<number> {
  const means: number[] = []
  for (let from = 0; from < examples.count; from += BLOCK)
    means.push((await evaluate(network, examples.slice(from, from + BLOCK), options)).loss)
  const { std, n } = statisticOf(means)
  return std / Math.sqrt(n)
}

/** Outputs that stand for no class are left out, unless one of them was predicted. */
function withoutSpares(matrix: ConfusionMatrix, classCount: number): ConfusionMatrix {
  const spare = matrix.some(row => row.slice(classCount).some(count => count > 0))
  return spare ? matrix : matrix.slice(0, classCount).map(row => row.slice(0, classCount))
}
