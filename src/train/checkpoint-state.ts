import { HeddleError } from '../base/errors.ts'
import { boundedJson } from '../base/json.ts'
import { MAX_HEADER } from '../model/files/safetensors-format.ts'
import type { EpochMetrics } from '../protocol/events.ts'
import { numbersIn } from '../protocol/json.ts'
import type { TrainState } from './train-state.ts'

/** What a checkpoint's metadata says, besides its tensors. */
interface CheckpointState {
  readonly train: Omit<TrainState, 'weights' | 'optimizer'>
  readonly epochs: readonly EpochMetrics[]
  readonly callbacks: readonly { readonly values: unknown; readonly hasWeights: boolean }[]
  readonly elapsedMs: number
}

type Json = Readonly<Record<string, unknown>>

/** Reads the text of a file of any origin. Throws a `HeddleError` that names the file and what is wrong in it. */
export function parseState(text: string | undefined, path: string): CheckpointState {
  const wrong = (what: string): HeddleError => new HeddleError(`${path} is damaged: its "state" ${what}.`)
  let state: unknown
  try {
    state = boundedJson(text ?? '', MAX_HEADER)
  } catch {
    throw wrong('is not JSON')
  }
  if (!isObject(state)) throw wrong('is not an object')
  const { train, epochs, callbacks, elapsedMs } = state
  if (!isObject(train) || !['epoch', 'step', 'done'].every(name => isCount(train[name]))) {
    throw wrong('has an epoch, step or done that is not a whole number')
  }
  if (!['epochMs', 'trainMs'].every(name => isDuration(train[name]))) throw wrong('has no sound durations')
  const sums = sumsIn(train.sums)
  if (!isObject(sums) || !Object.values(sums).every(isNumbers)) throw wrong('has no sums by metric')
  const measured = isListOf(epochs, isObject) ? (epochs as readonly Json[]).map(metricsIn) : []
  if (!isListOf(epochs, isObject) || !measured.every(isMetrics))
    throw wrong('has epochs that are not measurements')
  if (!isListOf(callbacks, value => isObject(value) && typeof value.hasWeights === 'boolean')) {
    throw wrong('has callbacks that are not a list of states')
  }
  if (!isDuration(elapsedMs)) throw wrong('has no elapsed time')
  return { ...state, train: { ...train, sums }, epochs: measured } as unknown as CheckpointState
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isDuration = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0
const isListOf = (value: unknown, check: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(check)
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isNumbers = (value: unknown): boolean => isListOf(value, isNumber)

/** Older checkpoints have a list: the sums of the loss, the accuracy and the top-k accuracy. */
const OLD_SUMS = ['loss', 'accuracy', 'topKAccuracy']
const sumsIn = (sums: unknown): unknown =>
  Array.isArray(sums) && sums.length === OLD_SUMS.length
    ? Object.fromEntries(OLD_SUMS.map((name, i) => [name, sums[i]]))
    : sums

/** Older checkpoints have `null` for what was not measured. */
const metricsIn = (metrics: Json): Json =>
  numbersIn(Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== null)))

const required = ['loss', 'accuracy', 'learningRate'] as const satisfies readonly (keyof EpochMetrics)[]
const isMetrics = (metrics: Json): boolean =>
  required.every(name => name in metrics) && Object.values(metrics).every(isNumber)
