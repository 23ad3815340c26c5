import { HeddleError } from '../base/errors.ts'
import { sizeOf } from '../base/shape.ts'
import { COEFFICIENTS } from '../ops/update.ts'
import type { RunRequest } from './backend.ts'
import type { Program } from './plan.ts'

/** Returns a check that the arrays of a request, which stays in use while other code has its turn, are still whole. */
export function watch({
  images,
  targets,
  outputs,
}: Pick<RunRequest, 'images' | 'targets' | 'outputs'>): () => void {
  const arrays = [images, targets, outputs === true ? null : outputs]
  const lengths = arrays.map(array => array?.length)
  return () => {
    if (arrays.every((array, i) => array?.length === lengths[i])) return
    throw new HeddleError(
      'An array that the network reads or writes was transferred or resized while it was running. Keep it until the network ' +
        'is done, or give a copy away.',
    )
  }
}

/** Refuses a request whose arrays do not fit the program, before any backend touches them. */
export function checkRequest(program: Program, request: RunRequest): void {
  const { images, targets, order, mode } = request
  if (!program.trains && (mode === 'train' || mode === 'gradients')) {
    throw new HeddleError('This program only goes forward: compile it with an update rule to train it.')
  }
  const imageSize = sizeOf(program.input.shape)
  const examples = images.length / imageSize
  if (!Number.isInteger(examples)) {
    throw new HeddleError(`${images.length} numbers do not make whole images of ${imageSize}.`)
  }
  if (examples === 0 && order.length > 0) {
    throw new HeddleError(
      'There are no images: the array is empty, or its buffer was transferred or resized. Keep it until the network is done, ' +
        'or give a copy away.',
    )
  }
  // Plain loops over what this call reads: it is one of thousands.
  for (const index of order) {
    if (index >= 0 && index < examples) continue

    throw new HeddleError(`The order names an example outside 0 to ${examples - 1}.`)
  }
  if (request.augment && sizeOf(request.augment.shape) !== imageSize) {
    throw new HeddleError(
      `The augmentation is for images of ${request.augment.shape.join(' × ')}, but those here have ${imageSize} numbers.`,
    )
  }
  const steps = Math.ceil(order.length / program.batchSize)
  if (mode === 'train' && request.coefficients?.length !== steps * COEFFICIENTS) {
    throw new HeddleError(
      `${steps} steps need ${steps} × ${COEFFICIENTS} coefficients, received ${request.coefficients?.length ?? 0}.`,
    )
  }
  const outputs = sizeOf(program.output.shape)
  if (request.outputs instanceof Float32Array && request.outputs.length !== order.length * outputs) {
    throw new HeddleError(
      `${order.length} examples need room for ${order.length} × ${outputs} outputs, received ${request.outputs.length}.`,
    )
  }
  if (mode === 'predict') return
  const { classWeights, topK } = request
  if (classWeights && classWeights.length !== outputs) {
    throw new HeddleError(`${outputs} outputs need as many class weights, received ${classWeights.length}.`)
  }
  const bad = classWeights?.findIndex(weight => !(weight >= 0 && weight < Infinity)) ?? -1
  if (bad >= 0) {
    throw new HeddleError(
      `The weight of class ${bad} must be a finite number of at least 0, not ${classWeights![bad]}.`,
    )
  }
  if (typeof topK === 'number' && !(Number.isInteger(topK) && topK >= 1 && topK <= outputs)) {
    throw new HeddleError(`topK must be a whole number from 1 to the ${outputs} outputs, not ${topK}.`)
  }
  if (!targets) throw new HeddleError(`The mode "${mode}" needs targets.`)
  if (targets instanceof Int32Array) {
    if (targets.length !== examples) {
      throw new HeddleError(`${examples} images need as many labels, received ${targets.length}.`)
    }
    for (const index of order) {
      const label = targets[index]!
      if (label >= 0 && label < outputs) continue
      throw new HeddleError(
        `Example ${index} has the label ${label}, but the network has ${outputs} outputs (0 to ${outputs - 1}).`,
      )
    }
  } else if (targets.length !== examples * outputs) {
    throw new HeddleError(
      `${examples} images need ${examples} × ${outputs} targets, received ${targets.length}.`,
    )
  }
}
