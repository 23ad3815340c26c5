import { HeddleError } from '../base/errors.ts'
import { sizeOf } from '../base/shape.ts'
import type { Executable, Failure, RunRequest } from '../engine/backend.ts'

/** A step whose loss is not finite. */
export interface FailedStep {
  /** From 0. */
  readonly step: number
  readonly epoch: number
  readonly learningRate: number
  readonly failure: Failure
  /** What the engine was asked to do with this step's batch alone. */
  readonly request: RunRequest
}

/** An update that made numbers not finite. */
export interface BadUpdate {
  /** From 0. */
  readonly step: number
  readonly epoch: number
  /** What it did, for people. */
  readonly what: string
}

/** The error of a step whose loss was finite, and whose update was not; `kept` names the weights that the network has. */
export function divergedUpdate({
  step,
  epoch,
  what,
  learningRate,
  kept,
}: BadUpdate & { readonly learningRate: number; readonly kept: string }): HeddleError {
  return new HeddleError(
    `Training stopped at step ${step + 1} (epoch ${epoch + 1}): the update ${what}. The weights are ${kept}. ` +
      `Lower the learning rate (it was ${learningRate}), or look for inputs and initial weights that are too large.`,
  )
}

/** The error of a step whose loss is not finite: where, why, and what to do. */
export async function divergence(
  executable: Executable,
  { step, epoch, learningRate, failure, request }: FailedStep,
): Promise<HeddleError> {
  const where = `Training stopped at step ${step + 1} (epoch ${epoch + 1}): the loss is not a finite number; `
  const weights = 'The weights are those before this step.'
  const lower =
    `Lower the learning rate (it was ${learningRate}), or look for ` +
    'inputs and initial weights that are too large.'
  if (failure.layer) {
    return new HeddleError(
      `${where}the first layer whose output is not finite is "${failure.layer}". ${weights} ${lower}`,
    )
  }
  const zeros = await rowsOfZeros(executable, request)
  if (zeros > 0) {
    return new HeddleError(
      `${where}${zeros} of the ${request.order.length} images of this batch ${zeros === 1 ? 'has' : 'have'} no loss: all outputs of the ` +
        `last layer are zero, and the loss divides them by their sum. ${weights} A relu makes every negative output zero: give the last ` +
        "layer activation: 'softmax', or none and the loss fromLogits: true. Another seed draws other weights, and may get past this step.",
    )
  }
  return new HeddleError(
    `${where}the outputs of all layers are finite, only the loss is not. ${weights} ${lower}`,
  )
}

/** How many images of the failed batch have zeros only for outputs; the batch is asked once more, as training saw it. */
async function rowsOfZeros(executable: Executable, request: RunRequest): Promise<number> {
  const { outputs } = await executable.run({ ...request, mode: 'gradients', outputs: true })
  const size = sizeOf(executable.program.output.shape)
  const count = request.order.length
  return Array.from({ length: count }, (_, i) => outputs!.subarray(i * size, (i + 1) * size)).filter(row =>
    row.every(value => value === 0),
  ).length
}
