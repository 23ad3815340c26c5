import { UsageError } from '../../base/errors.ts'
import { hintFor } from '../../base/keras-names.ts'
import { show } from '../../base/schema.ts'
import { type ActivationSpec, activation, activationLayer } from './activation.ts'
import {
  type BatchNormalizationSpec,
  batchNormalization,
  batchNormalizationLayer,
} from './batch-normalization.ts'
import { type Conv1DOptions, type Conv1DSpec, conv1d, conv1dLayer } from './conv-1d.ts'
import { type Conv2DOptions, type Conv2DSpec, conv2d, conv2dLayer } from './conv-2d.ts'
import { type DenseOptions, type DenseSpec, dense, denseLayer } from './dense.ts'
import {
  type DepthwiseConv1DSpec,
  type DepthwiseConv2DSpec,
  depthwiseConv1d,
  depthwiseConv1dLayer,
  depthwiseConv2d,
  depthwiseConv2dLayer,
} from './depthwise-conv.ts'
import { type DropoutSpec, dropout, dropoutLayer } from './dropout.ts'
import { type FlattenSpec, flatten, flattenLayer } from './flatten.ts'
import { type GaussianNoiseSpec, gaussianNoise, gaussianNoiseLayer } from './gaussian-noise.ts'
import {
  type GlobalAveragePooling1DSpec,
  type GlobalAveragePooling2DSpec,
  type GlobalMaxPooling1DSpec,
  type GlobalMaxPooling2DSpec,
  globalAveragePooling1d,
  globalAveragePooling1dLayer,
  globalAveragePooling2d,
  globalAveragePooling2dLayer,
  globalMaxPooling1d,
  globalMaxPooling1dLayer,
  globalMaxPooling2d,
  globalMaxPooling2dLayer,
} from './global-pooling.ts'
import type { LayerDefinition } from './layer.ts'
import {
  type LayerNormalizationSpec,
  layerNormalization,
  layerNormalizationLayer,
} from './layer-normalization.ts'
import { type AddSpec, add, addLayer, type ConcatenateSpec, concatenate, concatenateLayer } from './merge.ts'
import { type NormalizationSpec, normalization, normalizationLayer } from './normalization.ts'
import {
  type AveragePooling1DSpec,
  averagePooling1d,
  averagePooling1dLayer,
  type MaxPooling1DSpec,
  maxPooling1d,
  maxPooling1dLayer,
} from './pooling-1d.ts'
import {
  type AveragePooling2DSpec,
  averagePooling2d,
  averagePooling2dLayer,
  type MaxPooling2DSpec,
  maxPooling2d,
  maxPooling2dLayer,
} from './pooling-2d.ts'
import { type RescalingSpec, rescaling, rescalingLayer } from './rescaling.ts'
import { type ReshapeSpec, reshape, reshapeLayer } from './reshape.ts'
import {
  type SeparableConv1DSpec,
  type SeparableConv2DSpec,
  separableConv1d,
  separableConv1dLayer,
  separableConv2d,
  separableConv2dLayer,
} from './separable-conv.ts'
import {
  type SpatialDropout1DSpec,
  type SpatialDropout2DSpec,
  spatialDropout1d,
  spatialDropout1dLayer,
  spatialDropout2d,
  spatialDropout2dLayer,
} from './spatial-dropout.ts'
import {
  type ZeroPadding1DSpec,
  type ZeroPadding2DSpec,
  zeroPadding1d,
  zeroPadding1dLayer,
  zeroPadding2d,
  zeroPadding2dLayer,
} from './zero-padding.ts'

/** The frozen JSON description of any layer. */
export type LayerSpec =
  | Conv1DSpec
  | Conv2DSpec
  | MaxPooling1DSpec
  | MaxPooling2DSpec
  | AveragePooling1DSpec
  | AveragePooling2DSpec
  | GlobalAveragePooling1DSpec
  | GlobalAveragePooling2DSpec
  | GlobalMaxPooling1DSpec
  | GlobalMaxPooling2DSpec
  | FlattenSpec
  | ReshapeSpec
  | DenseSpec
  | DropoutSpec
  | BatchNormalizationSpec
  | ActivationSpec
  | AddSpec
  | ConcatenateSpec
  | DepthwiseConv1DSpec
  | DepthwiseConv2DSpec
  | SeparableConv1DSpec
  | SeparableConv2DSpec
  | ZeroPadding1DSpec
  | ZeroPadding2DSpec
  | SpatialDropout1DSpec
  | SpatialDropout2DSpec
  | GaussianNoiseSpec
  | RescalingSpec
  | NormalizationSpec
  | LayerNormalizationSpec

type Kind = LayerSpec['kind']
type SpecOfKind<K extends Kind> = Extract<LayerSpec, { kind: K }>

interface Entry<S> {
  readonly definition: LayerDefinition<S>
  /** Builds the spec from options that may come from anywhere. */
  readonly create: (options: never) => S
}

/** Every layer; a spec without an entry does not compile. */
const registry = {
  conv1d: { definition: conv1dLayer, create: conv1d },
  conv2d: { definition: conv2dLayer, create: conv2d },
  maxPooling1d: { definition: maxPooling1dLayer, create: maxPooling1d },
  maxPooling2d: { definition: maxPooling2dLayer, create: maxPooling2d },
  averagePooling1d: { definition: averagePooling1dLayer, create: averagePooling1d },
  averagePooling2d: { definition: averagePooling2dLayer, create: averagePooling2d },
  globalAveragePooling1d: { definition: globalAveragePooling1dLayer, create: globalAveragePooling1d },
  globalAveragePooling2d: { definition: globalAveragePooling2dLayer, create: globalAveragePooling2d },
  globalMaxPooling1d: { definition: globalMaxPooling1dLayer, create: globalMaxPooling1d },
  globalMaxPooling2d: { definition: globalMaxPooling2dLayer, create: globalMaxPooling2d },
  flatten: { definition: flattenLayer, create: flatten },
  reshape: { definition: reshapeLayer, create: reshape },
  dense: { definition: denseLayer, create: dense },
  dropout: { definition: dropoutLayer, create: dropout },
  batchNormalization: { definition: batchNormalizationLayer, create: batchNormalization },
  activation: { definition: activationLayer, create: activation },
  add: { definition: addLayer, create: add },
  concatenate: { definition: concatenateLayer, create: concatenate },
  depthwiseConv1d: { definition: depthwiseConv1dLayer, create: depthwiseConv1d },
  depthwiseConv2d: { definition: depthwiseConv2dLayer, create: depthwiseConv2d },
  separableConv1d: { definition: separableConv1dLayer, create: separableConv1d },
  separableConv2d: { definition: separableConv2dLayer, create: separableConv2d },
  zeroPadding1d: { definition: zeroPadding1dLayer, create: zeroPadding1d },
  zeroPadding2d: { definition: zeroPadding2dLayer, create: zeroPadding2d },
  spatialDropout1d: { definition: spatialDropout1dLayer, create: spatialDropout1d },
  spatialDropout2d: { definition: spatialDropout2dLayer, create: spatialDropout2d },
  gaussianNoise: { definition: gaussianNoiseLayer, create: gaussianNoise },
  rescaling: { definition: rescalingLayer, create: rescaling },
  normalization: { definition: normalizationLayer, create: normalization },
  layerNormalization: { definition: layerNormalizationLayer, create: layerNormalization },
} as const satisfies { readonly [K in Kind]: Entry<SpecOfKind<K>> }

/** The definition that belongs to a spec. */
export function definitionOf(spec: LayerSpec): LayerDefinition<LayerSpec> {
  // The entry under a spec's own kind takes exactly that spec, which TypeScript cannot follow through the index.
  return registry[spec.kind].definition as LayerDefinition<never> as LayerDefinition<LayerSpec>
}

/** Every layer, by its kind. */
export function layerDefinitions(): Readonly<Record<string, LayerDefinition<never>>> {
  return Object.fromEntries(Object.entries(registry).map(([kind, { definition }]) => [kind, definition]))
}

/**
 * Checks a layer that comes from JSON and returns its frozen spec; never runs code from it.
 * Throws a `UsageError` for an unknown kind or option.
 */
export function parseLayer(value: unknown, path: string): LayerSpec {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  if (typeof kind !== 'string' || !Object.hasOwn(registry, kind)) {
    const kinds = Object.keys(registry)
    const hint = typeof kind === 'string' ? hintFor(kind, kinds) : ''
    throw new UsageError(`${path}: ${show(value)} is not a layer.${hint} Layers are ${kinds.join(', ')}.`)
  }
  return registry[kind as Kind].create(value as never)
}

export type { LayerDefinition } from './layer.ts'
export type { Conv1DOptions, Conv2DOptions, DenseOptions }
export {
  activation,
  add,
  averagePooling1d,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv1d,
  conv2d,
  dense,
  depthwiseConv1d,
  depthwiseConv2d,
  dropout,
  flatten,
  gaussianNoise,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  layerNormalization,
  maxPooling1d,
  maxPooling2d,
  normalization,
  rescaling,
  reshape,
  separableConv1d,
  separableConv2d,
  spatialDropout1d,
  spatialDropout2d,
  zeroPadding1d,
  zeroPadding2d,
}
