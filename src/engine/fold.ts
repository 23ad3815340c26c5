import type { Lowered, LoweredOp, LoweredParameter } from './lower.ts'

/** Numbers of the parameters, by name. */
type Numbers = ReadonlyMap<string, ArrayLike<number>>

type BatchNormalization = LoweredOp & { readonly kind: 'batchNormalization' }
type Affine = LoweredOp & { readonly kind: 'affine' }
type Learned = LoweredOp & { readonly kind: 'convolution' | 'dense' }

/** More constants of an affine op than this are refused by native/program.cc. */
const MOST_CHANNELS = 2 ** 16

/**
 * A network for inference alone, and its numbers: dropout and noise are gone, and every batch normalisation is
 *
 * - part of the convolution or dense layer before it, if no other op reads the value between them;
 * - else part of the one behind it, unless zeros are put around what it reads;
 * - else an affine op.
 *
 * Outputs differ from those of `lowered` by rounding.
 */
export function foldForInference(
  lowered: Lowered,
  weights: Numbers,
): { readonly lowered: Lowered; readonly weights: Numbers } {
  const folding = new Folding(lowered, weights)
  for (const op of lowered.ops) folding.take(op)
  return folding.finish()
}

class Folding {
  readonly #lowered: Lowered
  readonly #parameters: LoweredParameter[]
  readonly #weights: Map<string, ArrayLike<number>>
  readonly #readers = new Map<number, number>()
  /** Values that are another one: what dropout gives. */
  readonly #same = new Map<number, number>()
  /** What batch normalisations give that became affine ops. */
  readonly #normalized = new Set<number>()
  readonly #ops: LoweredOp[] = []

  constructor(lowered: Lowered, weights: Numbers) {
    this.#lowered = lowered
    this.#parameters = [...lowered.parameters]
    this.#weights = new Map(weights)
    for (const op of lowered.ops) {
      if (op.kind === 'dropout' || op.kind === 'gaussianNoise')
        this.#same.set(op.output.id, this.#idOf(op.inputs[0]!))
    }
    const kept = lowered.ops.filter(op => !this.#same.has(op.output.id))
    for (const value of [lowered.output, ...kept.flatMap(op => op.inputs)]) {
      const id = this.#idOf(value)
      this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1)
    }
  }

  take(op: LoweredOp): void {
    if (this.#same.has(op.output.id)) return
    const inputs = op.inputs.map(value => ({ ...value, id: this.#idOf(value) }))
    const taken = { ...op, inputs } as LoweredOp
    if (taken.kind === 'batchNormalization') {
      this.#normalize(taken)
      return
    }
    const before = this.#ops.findIndex(other => other.output.id === inputs[0]!.id)
    const affine = this.#ops[before]
    if (
      affine?.kind === 'affine' &&
      this.#normalized.has(affine.output.id) &&
      this.#isOnlyReader(taken) &&
      (taken.kind === 'dense' ||
        (taken.kind === 'convolution' && sharesChannels(taken, affine) && readsNoPadding(taken)))
    ) {
      this.#ops.splice(before, 1)
      const input = { ...inputs[0]!, id: affine.inputs[0]!.id }
      this.#ops.push(this.#scaleInputs({ ...taken, inputs: [input] } as Learned, affine))
      return
    }
    this.#ops.push(taken)
  }

  finish() {
    const lowered = this.#lowered
    const output = { ...lowered.output, id: this.#idOf(lowered.output) }
    // The parameters of a folded normalisation are not needed any more.
    const used = [...new Set(this.#ops.flatMap(op => op.parameters))]
    const parameters = used.map(index => this.#parameters[index]!)
    const ops = this.#ops.map(
      op => ({ ...op, parameters: op.parameters.map(index => used.indexOf(index)) }) as LoweredOp,
    )
    return { lowered: { ...lowered, ops, parameters, output }, weights: this.#weights }
  }

  #idOf({ id }: { readonly id: number }): number {
    return this.#same.get(id) ?? id
  }

  #isOnlyReader({ inputs }: LoweredOp): boolean {
    return this.#readers.get(inputs[0]!.id) === 1
  }

  #numbers(index: number): ArrayLike<number> {
    return this.#weights.get(this.#parameters[index]!.name)!
  }

  #normalize(op: BatchNormalization): void {
    const affine = batchNormalizationAsAffine(op, index => this.#numbers(index))
    const producer = this.#ops.findIndex(({ output }) => output.id === op.inputs[0]!.id)
    const before = this.#ops[producer]
    const learns = before?.kind === 'convolution' || before?.kind === 'dense'
    if (learns && sharesChannels(op, before) && this.#isOnlyReader(op)) {
      this.#ops[producer] = { ...this.#scaleOutputs(before, affine), output: op.output } as LoweredOp
    } else if (affine.attributes.scale.length > MOST_CHANNELS) {
      this.#ops.push(op)
    } else {
      this.#normalized.add(op.output.id)
      this.#ops.push(affine)
    }
  }

  /** (k · x + b − center) · scale + offset: unit by unit. */
  #scaleOutputs(op: Learned, { attributes: { center, scale, offset } }: Affine): Learned {
    const kernel = this.#numbers(op.parameters[0]!)
    const bias = op.parameters[1] === undefined ? undefined : this.#numbers(op.parameters[1])
    const row = kernel.length / scale.length
    return this.#with(
      op,
      Float64Array.from(kernel, (k, i) => k * scale[Math.floor(i / row)]!),
      Float64Array.from(scale, (s, unit) => ((bias?.[unit] ?? 0) - center[unit]!) * s + offset[unit]!),
    )
  }

  /** k · ((x − center) · scale + offset) + b: channel by channel of what the op reads. */
  #scaleInputs(op: Learned, { attributes: { center, scale, offset } }: Affine): Learned {
    const kernel = this.#numbers(op.parameters[0]!)
    const bias = op.parameters[1] === undefined ? undefined : this.#numbers(op.parameters[1])
    const units = this.#parameters[op.parameters[0]!]!.shape[0]!
    const groups = op.kind === 'convolution' ? op.attributes.groups : 1
    const [row, channels] = [kernel.length / units, scale.length / groups]
    const channelOf = (i: number): number =>
      Math.floor(i / row / (units / groups)) * channels + (i % channels)
    const moved = Float64Array.from({ length: units }, (_, unit) => bias?.[unit] ?? 0)
    const scaled = Float64Array.from(kernel, (k, i) => {
      const c = channelOf(i)
      moved[Math.floor(i / row)]! += k * (offset[c]! - center[c]! * scale[c]!)
      return k * scale[c]!
    })
    return this.#with(op, scaled, moved)
  }

  /** The op with another kernel and bias. */
  #with(op: Learned, kernel: Float64Array, bias: Float64Array): Learned {
    const [kernelIndex, biasIndex] = op.parameters
    const spec = this.#parameters[kernelIndex!]!
    this.#weights.set(spec.name, kernel)
    if (biasIndex !== undefined) {
      this.#weights.set(this.#parameters[biasIndex]!.name, bias)
      return op
    }
    const name = `${op.layer}/folded bias`
    this.#weights.set(name, bias)
    const added = this.#parameters.push({ ...spec, name, shape: [bias.length] }) - 1
    return { ...op, parameters: [kernelIndex!, added] } as Learned
  }
}

/** y = (x − mean) · gamma / √(variance + epsilon) + beta, with the moving statistics: what it is but in training. */
export function batchNormalizationAsAffine(
  op: BatchNormalization,
  numbersOf: (parameter: number) => ArrayLike<number>,
): Affine {
  const { epsilon, scale, center } = op.attributes
  const [mean, variance, ...learned] = op.parameters.map(numbersOf)
  const gamma = scale ? learned.shift() : undefined
  const beta = center ? learned.shift() : undefined
  const attributes = {
    center: Array.from(mean!),
    scale: Array.from(variance!, (v, c) => (gamma?.[c] ?? 1) / Math.sqrt(v + epsilon)),
    offset: Array.from(mean!, (_, c) => beta?.[c] ?? 0),
  }
  return { ...op, kind: 'affine', attributes, parameters: [] }
}

/** No reshape lies between that makes other channels of them. */
function sharesChannels({ inputs }: LoweredOp, { output }: LoweredOp): boolean {
  return inputs[0]!.shape.at(-1) === output.shape.at(-1)
}

/** Every window lies within the image: the zeros around it are no outputs of the layer before. */
function readsNoPadding({
  attributes,
  inputs,
  output,
}: LoweredOp & { readonly kind: 'convolution' }): boolean {
  const { kernelSize, strides, dilationRate, padding } = attributes
  return ([0, 1] as const).every(axis => {
    const last = (output.shape[axis]! - 1) * strides[axis] + (kernelSize[axis] - 1) * dilationRate[axis]
    return padding[axis] === 0 && last < inputs[0]!.shape[axis]!
  })
}
