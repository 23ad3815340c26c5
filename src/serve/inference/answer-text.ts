import { HeddleError } from '../../base/errors.ts'
import { argMax } from '../../base/maths.ts'
import { confidenceAt } from '../../network/temperature.ts'
import type { ServedModel } from './served-model.ts'

/** The parts of a request's time. */
export interface Spent {
  readonly decodeMs: number
  readonly queueMs: number
  readonly computeMs: number
}

/** The parts of a model's answers that are the same each time: JSON of an object with many names takes longer than a small network. */
interface Constants {
  readonly names: readonly string[]
  readonly keys: readonly string[]
  readonly model: string
}

const known = new WeakMap<ServedModel, Constants>()

function constantsOf(model: ServedModel): Constants {
  const before = known.get(model)
  if (before) return before
  const { name, version, digest, classNames } = model
  const names = classNames.map(className => JSON.stringify(className))
  const constants = {
    names,
    keys: names.map((className, i) => `${i === 0 ? '' : ','}${className}:`),
    model: JSON.stringify({ model: name, version, digest }).slice(1, -1),
  }
  known.set(model, constants)
  return constants
}

/** The JSON of an answer about one picture; without a temperature of the model, its `confidence` is null. Throws a `HeddleError` if its outputs are not finite. */
export function answerText(model: ServedModel, outputs: Float32Array, spent: Spent): string {
  const constants = constantsOf(model)
  return `{${predictionText(model, outputs, 0)},${constants.model},${spentText(spent)}}`
}

/** The JSON of an answer about several pictures, with their names. */
export function answersText(
  model: ServedModel,
  names: readonly (string | null)[],
  outputs: Float32Array,
  spent: Spent,
): string {
  const constants = constantsOf(model)
  const classes = constants.names.length
  const predictions = names.map((name, i) => {
    const file = name === null ? '' : `"file":${JSON.stringify(name)},`
    return `{${file}${predictionText(model, outputs, i * classes)}}`
  })
  return `{"predictions":[${predictions.join(',')}],${constants.model},${spentText(spent)}}`
}

function predictionText(model: ServedModel, outputs: Float32Array, from: number): string {
  const { names, keys } = constantsOf(model)
  const top = argMax(outputs, from, keys.length)
  let probabilities = ''
  for (let k = 0; k < keys.length; k++) {
    const output = outputs[from + k]!
    if (!Number.isFinite(output))
      throw new HeddleError(
        'The outputs of the network for this picture are not finite: no class can be named.',
      )
    probabilities += keys[k]! + output
  }
  const confidence = confidenceOf(model, outputs, from)
  return `"label":${names[top]},"probability":${outputs[from + top]},"confidence":${confidence},"probabilities":{${probabilities}}`
}

function confidenceOf({ temperature, kind, classNames }: ServedModel, outputs: Float32Array, at: number) {
  // Outputs that do not become probabilities of one class have no temperature, also if their file says one.
  if (temperature === null || kind === 'other') return null
  return confidenceAt(outputs, at, { classes: classNames.length, temperature, kind })
}

function spentText({ decodeMs, queueMs, computeMs }: Spent): string {
  return `"milliseconds":{"decode":${rounded(decodeMs)},"queue":${rounded(queueMs)},"compute":${rounded(computeMs)}}`
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
