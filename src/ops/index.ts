import { type ActivationAttributes, activation } from './activation.ts'
import { type AffineAttributes, affine } from './affine.ts'
import { type BatchNormalizationAttributes, batchNormalization } from './batch-normalization.ts'
import { concatenate } from './concatenate.ts'
import { type ConvolutionAttributes, convolution } from './convolution.ts'
import { dense } from './dense.ts'
import { type DropoutAttributes, dropout } from './dropout.ts'
import { type GaussianNoiseAttributes, gaussianNoise } from './gaussian-noise.ts'
import { type GroupNormalizationAttributes, groupNormalization } from './group-normalization.ts'
import { type LayerNormalizationAttributes, layerNormalization } from './layer-normalization.ts'
import { type MergeAttributes, merge } from './merge.ts'
import type { Op } from './op.ts'
import { type PaddingAttributes, padding } from './padding.ts'
import { type PermuteAttributes, permute } from './permute.ts'
import { averagePooling, maxPooling, type PoolingAttributes } from './pooling.ts'
import { type PReluAttributes, prelu } from './prelu.ts'
import { type ResizeAttributes, resize } from './resize.ts'
import { softmax } from './softmax.ts'

/** Ops without attributes of their own. */
type NoAttributes = Record<never, never>

/** The machine's vocabulary: every op with its attributes besides shapes. */
export interface OpAttributes {
  convolution: ConvolutionAttributes
  maxPooling: PoolingAttributes
  averagePooling: PoolingAttributes
  dense: NoAttributes
  activation: ActivationAttributes
  softmax: NoAttributes
  merge: MergeAttributes
  concatenate: NoAttributes
  dropout: DropoutAttributes
  batchNormalization: BatchNormalizationAttributes
  layerNormalization: LayerNormalizationAttributes
  padding: PaddingAttributes
  affine: AffineAttributes
  gaussianNoise: GaussianNoiseAttributes
  prelu: PReluAttributes
  permute: PermuteAttributes
  resize: ResizeAttributes
  groupNormalization: GroupNormalizationAttributes
}

export type OpKind = keyof OpAttributes

/** The plain-loop implementation of every op. */
export const ops = {
  convolution,
  maxPooling,
  averagePooling,
  dense,
  activation,
  softmax,
  merge,
  concatenate,
  dropout,
  batchNormalization,
  layerNormalization,
  padding,
  affine,
  gaussianNoise,
  prelu,
  permute,
  resize,
  groupNormalization,
} as const satisfies { readonly [K in OpKind]: Op<OpAttributes[K]> }
