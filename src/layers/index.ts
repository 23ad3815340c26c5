import { didYouMean, UsageError } from '../spec/errors.ts'
import { show } from '../spec/fields.ts'
import { type ActivationSpec, activation, activationLayer } from './activation.ts'
import {
  type BatchNormalizationSpec,
  batchNormalization,
  batchNormalizationLayer,
} from './batch-normalization.ts'
import { type Conv1DOptions, type Conv1DSpec, conv1d, conv1dLayer } from './conv-1d.ts'
import { type Conv2DOptions, type Conv2DSpec, conv2d, conv2dLayer } from './conv-2d.ts'
import { type DenseOptions, type DenseSpec, dense, denseLayer } from './dense.ts'
import { type DropoutSpec, dropout, dropoutLayer } from './dropout.ts'
import { type FlattenSpec, flatten, flattenLayer } from './flatten.ts'
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
import { type AddSpec, add, addLayer, type ConcatenateSpec, concatenate, concatenateLayer } from './merge.ts'
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
import { type ReshapeSpec, reshape, reshapeLayer } from './reshape.ts'

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
} as const satisfies { readonly [K in Kind]: Entry<SpecOfKind<K>> }

/** The definition that belongs to a spec. */
export function definitionOf(spec: LayerSpec): LayerDefinition<LayerSpec> {
  // The entry under a spec's own kind takes exactly that spec, which TypeScript cannot follow through the index.
  return registry[spec.kind].definition as LayerDefinition<never> as LayerDefinition<LayerSpec>
}

/**
 * Checks a layer that comes from JSON and returns its frozen spec; never runs code from it.
 * Throws a `UsageError` for an unknown kind or option.
 */
export function parseLayer(value: unknown, path: string): LayerSpec {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined
  if (typeof kind !== 'string' || !Object.hasOwn(registry, kind)) {
    const kinds = Object.keys(registry)
    const hint = typeof kind === 'string' ? didYouMean(kind, kinds) : ''
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
  dropout,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
  reshape,
}
