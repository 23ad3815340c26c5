import type { Pair } from '../../../base/schema.ts'
import { type Shape, sizeOf } from '../../../base/shape.ts'
import type { ElementwiseName } from '../../../ops/activation.ts'
import { clipKinds } from '../../../ops/clip.ts'
import { dropoutThreshold } from '../../../ops/dropout.ts'
import { type LossKind, lossKinds } from '../../../ops/loss.ts'
import { mergeRules } from '../../../ops/merge.ts'
import { resizeInterpolations } from '../../../ops/resize.ts'
import { isExempt, rateOf, type UpdateRule } from '../../../ops/update.ts'
import { heads, type LoweredOp } from '../../lower.ts'
import { isMatrix } from '../../matrices.ts'
import type { Buffer, Operand, PlannedGroup, Program } from '../../plan.ts'

/** "HDLC": changes whenever this file and native/program.cc change together. */
const MAGIC = 0x48444c43
const ABSENT = -1

// Numbers that native/program.h gives to its enums.
const opKinds = {
  convolution: 0,
  maxPooling: 1,
  averagePooling: 2,
  dense: 3,
  activation: 4,
  softmax: 5,
  merge: 6,
  concatenate: 7,
  dropout: 8,
  batchNormalization: 9,
  layerNormalization: 10,
  padding: 11,
  affine: 12,
  gaussianNoise: 13,
  prelu: 14,
  permute: 15,
  resize: 16,
  groupNormalization: 17,
} as const satisfies Record<LoweredOp['kind'], number>

const activations = {
  linear: 0,
  relu: 1,
  sigmoid: 2,
  tanh: 3,
  elu: 4,
  gelu: 5,
  silu: 6,
  leakyRelu: 7,
  clippedRelu: 8,
  hardSigmoid: 9,
  hardSilu: 10,
  softplus: 11,
  softsign: 12,
  mish: 13,
} as const satisfies Record<ElementwiseName | 'linear', number>

const updates = {
  sgd: 0,
  rmsprop: 1,
  adagrad: 2,
  adadelta: 3,
  adam: 4,
  nadam: 5,
  muon: 6,
  none: 7,
} as const satisfies Record<UpdateRule['kind'] | 'none', number>

/** A program as the words that native/program.cc decodes, and checks. */
export function encode(program: Program, update?: UpdateRule): Int32Array {
  const words: number[] = [
    MAGIC,
    program.batchSize,
    program.shardSize,
    program.parameterFloats,
    program.learnedFloats,
    program.arenaFloats,
    lossKinds.indexOf(program.loss satisfies LossKind),
    heads.indexOf(program.head),
    ...encodeUpdate(update),
    ...encodeOperand(program.input),
    ...encodeOperand(program.output),
    program.groups.length,
    ...program.groups.flatMap(group => encodeGroup(group, program, update)),
  ]
  return Int32Array.from(words)
}

function encodeUpdate(rule?: UpdateRule): number[] {
  if (!rule) return [updates.none]
  const { clip, averages = false } = rule
  const clipping = [clip ? clipKinds.indexOf(clip.by) + 1 : 0, real(clip?.limit ?? 0)]
  return [...encodeRule(rule), ...clipping, Number(averages)]
}

function encodeRule(rule: UpdateRule): number[] {
  const kind = updates[rule.kind]
  switch (rule.kind) {
    case 'sgd':
      return [kind, real(rule.momentum), Number(rule.nesterov)]
    case 'rmsprop':
      return [kind, real(1 - rule.rho), real(rule.momentum), real(rule.epsilon), Number(rule.centered)]
    case 'adagrad':
      return [kind, real(rule.initialAccumulatorValue), real(rule.epsilon)]
    case 'adadelta':
      return [kind, real(1 - rule.rho), real(rule.epsilon)]
    case 'adam':
    case 'nadam':
      return [kind, real(1 - rule.beta1), real(1 - rule.beta2), real(rule.epsilon)]
    case 'muon': {
      const { momentum, nesterov, nsSteps, rmsRate, weightDecay, adamWeightDecay } = rule
      const ofMatrices = [
        real(momentum),
        Number(nesterov),
        nsSteps,
        Number(rmsRate !== null),
        real(rmsRate ?? 0),
      ]
      const ofOthers = [real(1 - rule.beta1), real(1 - rule.beta2), real(rule.epsilon)]
      return [kind, ...ofMatrices, ...ofOthers, real(weightDecay), real(adamWeightDecay)]
    }
  }
}

function encodeGroup(
  { ops, inputs, output, saved, block }: PlannedGroup,
  program: Program,
  update: UpdateRule | undefined,
): number[] {
  const [head, ...epilogue] = ops
  return [
    opKinds[head.kind],
    block,
    Number(head.frozen ?? false),
    real(rateOf(update, head.layer)),
    Number(isMatrix(head, update)),
    ...encodeOperand(output),
    place(saved),
    inputs.length,
    ...inputs.flatMap(encodeOperand),
    ...encodeOp(head, epilogue, { program, update }),
  ]
}

function encodeOp(
  op: LoweredOp,
  epilogue: readonly LoweredOp[],
  { program, update }: { readonly program: Program; readonly update: UpdateRule | undefined },
): number[] {
  const placeOf = (index: number | undefined): number =>
    index === undefined ? ABSENT : program.parameters[index]!.offset
  /** Offsets of the kernel and the bias, their penalties, and which of them do not decay. */
  const learned = (...indices: readonly [kernel?: number, bias?: number]): number[] => {
    const both = [indices[0], indices[1]].map(index => program.parameters[index ?? -1])
    return [
      placeOf(indices[0]),
      placeOf(indices[1]),
      ...both.flatMap(parameter => [real(parameter?.penalty?.l1 ?? 0), real(parameter?.penalty?.l2 ?? 0)]),
      ...both.map(parameter => Number(parameter !== undefined && isExempt(update, parameter.name))),
    ]
  }
  const [first, second] = op.parameters
  const input = op.inputs[0]!.shape
  const output = op.output.shape
  switch (op.kind) {
    case 'convolution': {
      const { kernelSize, strides, dilationRate, padding, groups } = op.attributes
      const window = encodeWindow({ size: kernelSize, strides, dilationRate, padding })
      const pool = epilogue.find(other => other.kind === 'maxPooling')
      const pooling = pool
        ? [1, ...encodeWindow({ ...pool.attributes, size: pool.attributes.poolSize }), ...pool.output.shape]
        : [0]
      const drop = epilogue.find(other => other.kind === 'dropout')
      const dropping = drop ? [1, ...encodeDropout(drop)] : [0]
      return [
        ...input,
        ...output,
        ...window,
        groups,
        ...learned(first, second),
        ...encodeActivation(epilogue),
        ...pooling,
        ...dropping,
      ]
    }
    case 'maxPooling':
    case 'averagePooling':
      return [...input, ...output, ...encodeWindow({ ...op.attributes, size: op.attributes.poolSize })]
    case 'dense':
      return [sizeOf(input), sizeOf(output), ...learned(first, second), ...encodeActivation(epilogue)]
    case 'activation':
      return encodeActivation([op])
    case 'softmax':
      return [output.at(-1)!]
    case 'merge': {
      const from = op.inputs.map(({ shape }) => shape)
      return [
        mergeRules.indexOf(op.attributes.rule),
        ...encodeBroadcast(output, from),
        ...encodeActivation(epilogue),
      ]
    }
    case 'prelu': {
      const { alphaShape } = op.attributes
      return [...encodeBroadcast(output, [alphaShape]), sizeOf(alphaShape), ...learned(first)]
    }
    case 'concatenate':
      return op.inputs.map(({ shape }) => shape.at(-1)!)
    case 'dropout':
      return [...encodeDropout(op), op.attributes.covers === 'channel' ? output.at(-1)! : 0]
    case 'batchNormalization': {
      const { epsilon, momentum, bessel, scale, center } = op.attributes
      const [mean, variance, ...affine] = op.parameters
      const gamma = scale ? affine.shift() : undefined
      const beta = center ? affine.shift() : undefined
      return [
        output.at(-1)!,
        real(epsilon),
        real(1 - momentum),
        Number(bessel),
        ...learned(gamma, beta),
        placeOf(mean),
        placeOf(variance),
        ...encodeActivation(epilogue),
      ]
    }
    case 'layerNormalization': {
      const { epsilon, scale, center } = op.attributes
      const gamma = scale ? first : undefined
      const beta = center ? (scale ? second : first) : undefined
      return [output.at(-1)!, real(epsilon), ...learned(gamma, beta)]
    }
    case 'groupNormalization': {
      const { groups, epsilon, scale, center } = op.attributes
      const gamma = scale ? first : undefined
      const beta = center ? (scale ? second : first) : undefined
      return [output.at(-1)!, real(epsilon), ...learned(gamma, beta), groups]
    }
    case 'permute': {
      const lead = 3 - input.length
      const axes = op.attributes.axes.map(axis => axis + lead)
      const ones = Array<number>(lead).fill(1)
      return [...ones, ...input, ...ones.keys(), ...axes]
    }
    case 'resize':
      return [...input, ...output, resizeInterpolations.indexOf(op.attributes.interpolation)]
    case 'padding':
      return [...input, ...output, ...op.attributes.padding]
    case 'affine': {
      const { center, scale, offset } = op.attributes
      return [scale.length, ...[...center, ...scale, ...offset].map(real), ...encodeActivation(epilogue)]
    }
    case 'gaussianNoise':
      return [real(op.attributes.stddev), op.attributes.ordinal]
  }
}

/** Three axes of the output, and for each value that is read along it whether it has that axis. */
function encodeBroadcast(to: Shape, from: readonly Shape[]): number[] {
  const axes: { size: number; read: readonly boolean[] }[] = []
  to.forEach((size, axis) => {
    if (size === 1) return
    const read = from.map(shape => shape[axis] === size)
    const last = axes.at(-1)
    // Neighbours that are read alike are one long axis, which vectors fill better.
    if (last?.read.every((reads, k) => reads === read[k])) last.size *= size
    else axes.push({ size, read })
  })
  while (axes.length < 3) axes.unshift({ size: 1, read: from.map(() => false) })
  return [...axes.map(({ size }) => size), ...from.flatMap((_, k) => axes.map(({ read }) => Number(read[k])))]
}

type Window = Readonly<Record<'size' | 'strides' | 'padding', Pair>> & { readonly dilationRate?: Pair }

function encodeWindow({ size, strides, dilationRate = [1, 1], padding }: Window): number[] {
  return [...size, ...strides, ...dilationRate, ...padding]
}

function encodeDropout({ attributes: { rate, ordinal } }: LoweredOp & { kind: 'dropout' }): number[] {
  // A rate that float32 rounds to 1 drops everything (its threshold is the largest); the factor of the rest stays finite.
  return [real(Math.min(rate, 1 - 2 ** -24)), dropoutThreshold(rate), ordinal]
}

function encodeActivation(epilogue: readonly LoweredOp[]): number[] {
  const op = epilogue.find(other => other.kind === 'activation')
  if (!op) return [activations.linear, real(0), real(Infinity), real(0)]
  const { activation, slope, limit, threshold } = op.attributes
  return [activations[activation], real(slope), real(limit), real(threshold)]
}

function encodeOperand({ value, images, gradient, accumulate }: Operand): number[] {
  return [value.size, images, value.offset, place(gradient), Number(accumulate)]
}

function place(buffer: Buffer | null): number {
  return buffer ? buffer.offset : ABSENT
}

/** The bits of a float32 as an integer. */
function real(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!
}
