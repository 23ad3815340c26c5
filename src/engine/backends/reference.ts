import { argMax } from '../../base/maths.ts'
import { sizeOf } from '../../base/shape.ts'
import { activationAttributes } from '../../ops/activation.ts'
import { augmentBatch } from '../../ops/augment.ts'
import { clipGradients } from '../../ops/clip.ts'
import { type OpKind, ops } from '../../ops/index.ts'
import { isInTop, lossOfExample } from '../../ops/loss.ts'
import { keptShare, mixesOf, mixTargets } from '../../ops/mix.ts'
import type { Backward, Floats, Op } from '../../ops/op.ts'
import { penalize } from '../../ops/penalty.ts'
import { COEFFICIENTS, coefficientsFor, slotStartOf, slotsOf, update } from '../../ops/update.ts'
import type { Backend, CompileOptions, Executable, RunRequest, RunResult, StateName } from '../backend.ts'
import { fuseNothing } from '../fuse.ts'
import type { Lowered, LoweredOp } from '../lower.ts'
import { matrixRows } from '../matrices.ts'
import { type Buffer, type Operand, type PlannedGroup, type Program, plan } from '../plan.ts'
import { checkRequest, watch } from '../request.ts'
import { pause } from './pause.ts'

/**
 * Plain TypeScript loops over the ops: slow, obvious, and the measure of every other backend.
 * With `float64` it is exact enough to be checked by finite differences.
 */
export function referenceBackend({
  precision = 'float32',
}: {
  precision?: 'float32' | 'float64'
} = {}): Backend {
  return {
    name: 'reference',
    arithmetic: `reference (plain loops, ${precision})`,
    description: `reference (plain loops, ${precision}, 1 thread)`,
    threads: 1,
    compile: (lowered, options) => new ReferenceExecutable(lowered, options, precision),
  }
}

class ReferenceExecutable implements Executable {
  readonly program: Program
  readonly #options: CompileOptions
  readonly #floats: (length: number) => Floats
  readonly #arena: Floats
  readonly #parameters: Floats
  readonly #gradients: Floats
  readonly #slots: readonly Floats[]
  #lastBatch = 0

  constructor(lowered: Lowered, options: CompileOptions, precision: 'float32' | 'float64') {
    const { batchSize, inputGradient = false } = options
    this.program = plan(lowered, fuseNothing(lowered.ops), {
      batchSize,
      shardSize: batchSize,
      inputGradient,
      backward: options.update !== undefined,
    })
    this.#options = options
    const floats = (length: number): Floats =>
      precision === 'float64' ? new Float64Array(length) : new Float32Array(length)
    this.#floats = floats
    this.#arena = floats(this.program.arenaFloats)
    this.#parameters = floats(this.program.parameterFloats)
    this.#gradients = floats(this.program.trains ? this.program.learnedFloats : 0)
    const { update } = options
    this.#slots = Array.from({ length: update ? slotsOf(update) : 0 }, () =>
      floats(this.program.learnedFloats).fill(update ? slotStartOf(update) : 0),
    )
  }

  async run(request: RunRequest): Promise<RunResult> {
    checkRequest(this.program, request)
    const { mode } = request
    const order = request.order.slice()
    const checkArrays = watch(request)
    const { batchSize } = this.program
    const outputSize = sizeOf(this.program.output.shape)
    const count = Math.ceil(order.length / batchSize)
    const losses = new Float64Array(mode === 'predict' ? 0 : count)
    const correct = new Int32Array(losses.length)
    const topCorrect = new Int32Array(request.topK ? losses.length : 0)
    const outputs =
      request.outputs === true ? this.#floats(order.length * outputSize) : (request.outputs ?? null)
    let failure: RunResult['failure'] = null
    let steps = 0
    while (steps < count && !failure) {
      const indices = order.subarray(steps * batchSize, (steps + 1) * batchSize)
      const pass = passOf(request, steps)
      this.#load(request, indices, steps)
      this.#forward(indices.length, pass)
      outputs?.set(this.#predictions(indices.length), steps * batchSize * outputSize)
      if (mode !== 'predict') {
        const counted = this.#loss(request, indices, steps)
        losses[steps] = counted.loss + this.#penalty()
        correct[steps] = counted.correct
        if (request.topK) topCorrect[steps] = counted.topCorrect
        if (mode !== 'evaluate' && !Number.isFinite(losses[steps])) {
          failure = { step: steps, layer: this.#firstNonFinite(indices.length), of: 'loss' }
          break
        }
        // Before the backward pass takes the memory of the values it reads.
        if (mode === 'train') this.#settle(indices.length, pass)
        if (mode !== 'evaluate') this.#backward(indices.length, pass)
        if (mode === 'train')
          this.#update(request.coefficients!.subarray(steps * COEFFICIENTS, (steps + 1) * COEFFICIENTS))
        const layer = mode === 'train' ? this.#layerOfNonFiniteWeights() : null
        if (layer !== null) {
          failure = { step: steps, layer, of: 'weights' }
          break
        }
      }
      steps++
      // These loops hold the only thread: let timers and signals through.
      await pause()
      checkArrays()
    }
    return { steps, losses, correct, topCorrect, outputs, failure }
  }

  read(name: StateName): Floats {
    if (name === 'parameters') return this.#parameters.slice()
    if (name === 'gradients') return this.#gradients.slice()
    if (name === 'inputGradient') return this.#view(this.program.input.gradient!, this.#lastBatch).slice()
    const length = this.program.learnedFloats
    const joined = this.#floats(length * this.#slots.length)
    this.#slots.forEach((slot, i) => {
      joined.set(slot, i * length)
    })
    return joined
  }

  write(name: 'parameters' | 'optimizer', values: ArrayLike<number>): void {
    const targets = name === 'parameters' ? [this.#parameters] : this.#slots
    const length = name === 'parameters' ? this.program.parameterFloats : this.program.learnedFloats
    if (values.length !== length * targets.length) {
      throw new RangeError(`${name} holds ${length * targets.length} numbers, received ${values.length}.`)
    }
    targets.forEach((target, i) => {
      for (let k = 0; k < length; k++) target[k] = values[i * length + k]!
    })
  }

  #view(buffer: Buffer, batch: number): Floats {
    return this.#arena.subarray(buffer.offset, buffer.offset + batch * buffer.size)
  }

  #load({ images, scale, augment }: RunRequest, indices: Int32Array, steps: number): void {
    this.#lastBatch = indices.length
    const { value } = this.program.input
    const input = this.#view(value, indices.length)
    indices.forEach((index, i) => {
      for (let k = 0; k < value.size; k++) input[i * value.size + k] = images[index * value.size + k]! * scale
    })
    if (!augment) return
    const loaded = Array.from(indices, (_, i) => input.subarray(i * value.size, (i + 1) * value.size))
    augmentBatch(loaded, { ...augment, step: augment.step + steps })
  }

  #forward(batch: number, pass: Pass): void {
    for (const group of this.program.groups) {
      implementationOf(group.ops[0]).forward(this.#callOf(group, batch, pass))
    }
  }

  #settle(batch: number, pass: Pass): void {
    for (const group of this.program.groups) {
      if (!group.ops[0].frozen) implementationOf(group.ops[0]).settle?.(this.#callOf(group, batch, pass))
    }
  }

  #backward(batch: number, pass: Pass): void {
    this.#gradients.fill(0)
    for (const group of this.program.groups.toReversed()) {
      if (!group.output.gradient) continue
      for (const { gradient, accumulate } of group.inputs) {
        if (gradient && !accumulate) this.#view(gradient, batch).fill(0)
      }
      implementationOf(group.ops[0]).backward(this.#callOf(group, batch, pass))
    }
    this.#penalty(this.#gradients)
  }

  /** The penalty of the weights; adds its gradient if an arena for gradients is given. */
  #penalty(gradients?: Floats): number {
    let sum = 0
    for (const { penalty, offset, size } of this.program.parameters) {
      const of = (arena: Floats): Floats => arena.subarray(offset, offset + size)
      if (penalty) sum += penalize(penalty, of(this.#parameters), gradients && of(gradients))
    }
    return sum
  }

  /** The arrays of one op; `outputGradient` is only read by backward passes, which have one. */
  #callOf(
    { ops: [op], inputs, output }: PlannedGroup,
    batch: number,
    { training, noise }: Pass,
  ): Backward<unknown> {
    const gradientOf = ({ gradient }: Operand): Floats | undefined =>
      gradient ? this.#view(gradient, batch) : undefined
    const parameterViews = (arena: Floats): Floats[] =>
      op.parameters.map(index => {
        const { offset, size } = this.program.parameters[index]!
        return arena.subarray(offset, offset + size)
      })
    const { frozen = false } = op
    return {
      attributes: op.attributes,
      batch,
      inputs: inputs.map(({ value }) => this.#view(value, batch)),
      inputShapes: inputs.map(({ shape }) => shape),
      parameters: parameterViews(this.#parameters),
      output: this.#view(output.value, batch),
      outputShape: output.shape,
      training: training && !frozen,
      noise,
      outputGradient: gradientOf(output) ?? new Float32Array(0),
      inputGradients: inputs.map(gradientOf),
      // Ops that are frozen have no place for these: they are dropped.
      parameterGradients: frozen
        ? op.parameters.map(index => this.#floats(this.program.parameters[index]!.size))
        : parameterViews(this.#gradients),
    }
  }

  #loss(
    { targets, classWeights, topK, augment }: RunRequest,
    indices: Int32Array,
    steps: number,
  ): { readonly loss: number; readonly correct: number; readonly topCorrect: number } {
    const { output, loss, head } = this.program
    const size = sizeOf(output.shape)
    const outputs = this.#view(output.value, indices.length)
    const gradients = output.gradient ? this.#view(output.gradient, indices.length) : outputs.slice()
    // `dot` is a sum, as gradients are defined; the losses are means over the batch.
    const weight = loss === 'dot' ? 1 : 1 / indices.length
    // A saturated sigmoid ties where its logits do not: what counts is what is predicted.
    const ranked = head === 'sigmoid' ? this.#predictions(indices.length) : outputs
    // Gradients that are handed in are of the mixed image.
    const mixes = augment && loss !== 'dot' && mixesOf(augment, { count: indices.length, steps })
    let total = 0
    let correct = 0
    let topCorrect = 0
    indices.forEach((index, i) => {
      const row = outputs.subarray(i * size, (i + 1) * size)
      const mix = mixes ? mixes[i] : null
      const own = targetRow(targets!, index, size)
      const target = mix
        ? mixTargets(own, targetRow(targets!, indices[mix.partner]!, size), keptShare(mix, augment!.shape))
        : own
      const gradient = gradients.subarray(i * size, (i + 1) * size)
      const label = argMax(target)
      const weighted = classWeights ? weight * classWeights[label]! : weight
      total += lossOfExample(loss, { outputs: row, target, gradient, weight: weighted })
      const answer = ranked.subarray(i * size, (i + 1) * size)
      // Numbers without an order are no right answer.
      if (!answer.every(Number.isFinite)) return
      if (argMax(answer) === label) correct++
      if (topK && isInTop(topK, answer, label)) topCorrect++
    })
    return { loss: total, correct, topCorrect }
  }

  #predictions(batch: number): Floats {
    const { output, head } = this.program
    const outputs = this.#view(output.value, batch)
    if (head === 'none') return outputs
    const probabilities = outputs.slice()
    const call = {
      batch,
      inputs: [outputs],
      inputShapes: [output.shape],
      parameters: [],
      output: probabilities,
      outputShape: output.shape,
      training: false,
      noise: undefined,
    }
    if (head === 'softmax') ops.softmax.forward({ ...call, attributes: {} })
    else ops.activation.forward({ ...call, attributes: activationAttributes(head) })
    return probabilities
  }

  #firstNonFinite(batch: number): string | null {
    const bad = this.program.groups.find(
      // The memory of a value without a gradient may hold another one by now.
      ({ output }) => output.gradient && !this.#view(output.value, batch).every(Number.isFinite),
    )
    return bad?.ops[0].layer ?? null
  }

  #layerOfNonFiniteWeights(): string | null {
    const { groups, parameters } = this.program
    const holds = (index: number): boolean => {
      const { offset, size } = parameters[index]!
      return this.#parameters.subarray(offset, offset + size).every(Number.isFinite)
    }
    return groups.find(({ ops: [op] }) => !op.parameters.every(holds))?.ops[0].layer ?? null
  }

  #update(coefficients: Float64Array): void {
    const rule = this.#options.update!
    const learned = this.program.parameters
      .map((parameter, index) => ({ ...parameter, index }))
      .filter(({ trainable, frozen }) => trainable !== false && !frozen)
      .map(({ name, index, offset, size }) => {
        const part = (arena: Floats): Floats => arena.subarray(offset, offset + size)
        return {
          name,
          rows: matrixRows(this.program, index, rule),
          weights: part(this.#parameters),
          gradients: part(this.#gradients),
          slots: this.#slots.map(part),
        }
      })
    if (rule.clip) {
      clipGradients(
        rule.clip,
        learned.map(({ gradients }) => gradients),
      )
    }
    for (const { name, ...learning } of learned) {
      update(rule, { ...learning, coefficients: coefficientsFor(rule, name, coefficients) })
    }
  }
}

/** The facts of a step that ops may read. */
type Pass = Pick<Backward<unknown>, 'training' | 'noise'>

function passOf({ mode, noise }: RunRequest, step: number): Pass {
  const training = mode === 'train' || mode === 'gradients'
  return { training, noise: training && noise ? { key: noise.key, step: noise.step + step } : undefined }
}

/** The registry pairs every kind with the op of its attributes, which TypeScript cannot follow through the index. */
function implementationOf(op: LoweredOp): Op<unknown> {
  return ops[op.kind satisfies OpKind] as Op<never> as Op<unknown>
}

function targetRow(targets: Int32Array | Floats, index: number, size: number): Floats {
  if (!(targets instanceof Int32Array)) return targets.subarray(index * size, (index + 1) * size)
  const row = new Float64Array(size)
  row[targets[index]!] = 1
  return row
}
