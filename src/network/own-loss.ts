import { argMax } from '../base/maths.ts'
import { sizeOf } from '../base/shape.ts'
import type { Executable, RunRequest, RunResult, StateName } from '../engine/backend.ts'
import { checkRequest } from '../engine/request.ts'
import { type LossDefinition, type LossSpec, losses } from '../nn/losses/loss.ts'
import { isInTop } from '../ops/loss.ts'
import { keptShare, mixesOf, mixTargets } from '../ops/mix.ts'
import type { Floats } from '../ops/op.ts'
import { COEFFICIENTS } from '../ops/update.ts'

/** A program with a loss that is plain TypeScript; any other loss is the engine's own work. */
export function withLoss(executable: Executable, loss: LossSpec | 'dot'): Executable {
  if (loss === 'dot') return executable
  const { ofExample }: LossDefinition<never> = losses.of(loss)
  return ofExample
    ? new OwnLossExecutable(executable, example => ofExample(loss as never, example))
    : executable
}

type LossOfExample = (example: Parameters<NonNullable<LossDefinition<never>['ofExample']>>[1]) => number

/**
 * Runs each step twice: for the outputs, of which the loss and its gradient follow here, and then with that gradient as the target
 * of the loss `dot`, whose gradient is its target. Both passes draw the same numbers, as these depend on place and step alone.
 */
class OwnLossExecutable implements Executable {
  readonly #inner: Executable
  readonly #lossOf: LossOfExample

  constructor(inner: Executable, lossOf: LossOfExample) {
    this.#inner = inner
    this.#lossOf = lossOf
  }

  get program() {
    return this.#inner.program
  }

  read(name: StateName): Floats {
    return this.#inner.read(name)
  }

  write(name: 'parameters' | 'optimizer', values: ArrayLike<number>): void {
    this.#inner.write(name, values)
  }

  async run(request: RunRequest): Promise<RunResult> {
    if (request.mode === 'predict') return this.#inner.run(request)
    checkRequest(this.program, request)
    const { batchSize, output } = this.program
    const size = sizeOf(output.shape)
    const { order, topK } = request
    const steps = Math.ceil(order.length / batchSize)
    const outputs = request.outputs === true ? new Float32Array(order.length * size) : request.outputs
    const losses = new Float64Array(steps)
    const correct = new Int32Array(steps)
    const topCorrect = new Int32Array(topK ? steps : 0)
    const result = (done: number, failure: RunResult['failure']): RunResult => ({
      ...{ steps: done, losses, correct, topCorrect, outputs: outputs ?? null, failure },
    })
    for (let step = 0; step < steps; step++) {
      const batch = batchOf(request, { step, batchSize, size: sizeOf(this.program.input.shape) })
      const none = new Float32Array(batch.order.length * size)
      const mode = request.mode === 'evaluate' ? 'evaluate' : 'gradients'
      // With targets of zero, the loss is what regularizers add.
      const seen = await this.#inner.run({ ...batch, mode, targets: none, outputs: true })
      const made = this.#lossesOf(request, { step, outputs: seen.outputs!, size })
      losses[step] = made.loss + seen.losses[0]!
      correct[step] = made.correct
      if (topK) topCorrect[step] = made.topCorrect
      outputs?.set(seen.outputs!, step * batchSize * size)
      if (request.mode === 'evaluate') continue
      if (!Number.isFinite(losses[step]))
        return result(step, { step, layer: seen.failure?.layer ?? null, of: 'loss' })
      const { failure } = await this.#inner.run({ ...batch, mode: request.mode, targets: made.gradients })
      if (failure) return result(step, { ...failure, step })
    }
    return result(steps, null)
  }

  /** The mean loss of a batch and the gradients with respect to its outputs. */
  #lossesOf(
    { order, targets, classWeights, topK, augment }: RunRequest,
    { step, outputs, size }: { readonly step: number; readonly outputs: Floats; readonly size: number },
  ) {
    const count = outputs.length / size
    const examples = order.subarray(step * this.program.batchSize).subarray(0, count)
    const mixes = augment?.mixes.length ? mixesOf(augment, { count, steps: step }) : []
    const gradients = new Float64Array(outputs.length)
    let [loss, correct, topCorrect] = [0, 0, 0]
    for (let i = 0; i < count; i++) {
      const mix = mixes[i]
      const own = rowOf(targets!, examples[i]!, size)
      const target = mix
        ? mixTargets(own, rowOf(targets!, examples[mix.partner]!, size), keptShare(mix, augment!.shape))
        : own
      const label = argMax(target)
      const weight = (classWeights?.[label] ?? 1) / count
      const row = outputs.subarray(i * size, (i + 1) * size)
      const gradient = gradients.subarray(i * size, (i + 1) * size)
      loss += weight * this.#lossOf({ outputs: row, target, gradient })
      for (let k = 0; k < size; k++) gradient[k]! *= weight
      if (!row.every(Number.isFinite)) continue
      if (argMax(row) === label) correct++
      if (topK && isInTop(topK, row, label)) topCorrect++
    }
    return { loss, correct, topCorrect, gradients }
  }
}

/** One step of a request as a request of its own: its images lie one after the other, as each has a gradient of its own. */
function batchOf(
  request: RunRequest,
  { step, batchSize, size }: { readonly step: number; readonly batchSize: number; readonly size: number },
): RunRequest {
  const { order, images, noise, augment, coefficients, scale, mode } = request
  const examples = order.subarray(step * batchSize, (step + 1) * batchSize)
  const own = new (images.constructor as new (length: number) => typeof images)(examples.length * size)
  examples.forEach((example, i) => {
    own.set(images.subarray(example * size, (example + 1) * size), i * size)
  })
  return {
    mode,
    scale,
    images: own,
    targets: null,
    order: Int32Array.from(examples, (_, i) => i),
    ...(noise && { noise: { ...noise, step: noise.step + step } }),
    ...(augment && { augment: { ...augment, step: augment.step + step } }),
    ...(coefficients && {
      coefficients: coefficients.subarray(step * COEFFICIENTS, (step + 1) * COEFFICIENTS),
    }),
  }
}

function rowOf(targets: Int32Array | Floats, example: number, size: number): Floats {
  if (!(targets instanceof Int32Array)) return targets.subarray(example * size, (example + 1) * size)
  const row = new Float32Array(size)
  row[targets[example]!] = 1
  return row
}
