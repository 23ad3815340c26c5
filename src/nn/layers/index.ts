import { family, type SpecOf } from '../../base/family.ts'
import { activationLayer } from './activation.ts'
import { batchNormalizationLayer } from './batch-normalization.ts'
import { conv1dLayer } from './conv-1d.ts'
import { conv2dLayer } from './conv-2d.ts'
import { cropping2dLayer } from './cropping.ts'
import { denseLayer } from './dense.ts'
import { depthwiseConv1dLayer, depthwiseConv2dLayer } from './depthwise-conv.ts'
import { dropoutLayer } from './dropout.ts'
import { flattenLayer } from './flatten.ts'
import { gaussianNoiseLayer } from './gaussian-noise.ts'
import {
  globalAveragePooling1dLayer,
  globalAveragePooling2dLayer,
  globalMaxPooling1dLayer,
  globalMaxPooling2dLayer,
} from './global-pooling.ts'
import { groupNormalizationLayer } from './group-normalization.ts'
import type { LayerDefinition } from './layer.ts'
import { layerNormalizationLayer } from './layer-normalization.ts'
import {
  addLayer,
  averageLayer,
  concatenateLayer,
  maximumLayer,
  multiplyLayer,
  subtractLayer,
} from './merge.ts'
import { normalizationLayer } from './normalization.ts'
import { pReLULayer } from './p-re-lu.ts'
import { permuteLayer } from './permute.ts'
import { averagePooling1dLayer, maxPooling1dLayer } from './pooling-1d.ts'
import { averagePooling2dLayer, maxPooling2dLayer } from './pooling-2d.ts'
import { reLULayer } from './re-lu.ts'
import { rescalingLayer } from './rescaling.ts'
import { reshapeLayer } from './reshape.ts'
import { resizingLayer, upSampling2dLayer } from './resizing.ts'
import { separableConv1dLayer, separableConv2dLayer } from './separable-conv.ts'
import { spatialDropout1dLayer, spatialDropout2dLayer } from './spatial-dropout.ts'
import { zeroPadding1dLayer, zeroPadding2dLayer } from './zero-padding.ts'

/** Every layer, in the order in which the studio offers them. */
export const layers = family('layer', {
  conv1d: conv1dLayer,
  conv2d: conv2dLayer,
  maxPooling1d: maxPooling1dLayer,
  maxPooling2d: maxPooling2dLayer,
  averagePooling1d: averagePooling1dLayer,
  averagePooling2d: averagePooling2dLayer,
  globalAveragePooling1d: globalAveragePooling1dLayer,
  globalAveragePooling2d: globalAveragePooling2dLayer,
  globalMaxPooling1d: globalMaxPooling1dLayer,
  globalMaxPooling2d: globalMaxPooling2dLayer,
  flatten: flattenLayer,
  reshape: reshapeLayer,
  dense: denseLayer,
  dropout: dropoutLayer,
  batchNormalization: batchNormalizationLayer,
  activation: activationLayer,
  add: addLayer,
  concatenate: concatenateLayer,
  depthwiseConv1d: depthwiseConv1dLayer,
  depthwiseConv2d: depthwiseConv2dLayer,
  separableConv1d: separableConv1dLayer,
  separableConv2d: separableConv2dLayer,
  zeroPadding1d: zeroPadding1dLayer,
  zeroPadding2d: zeroPadding2dLayer,
  spatialDropout1d: spatialDropout1dLayer,
  spatialDropout2d: spatialDropout2dLayer,
  gaussianNoise: gaussianNoiseLayer,
  rescaling: rescalingLayer,
  normalization: normalizationLayer,
  layerNormalization: layerNormalizationLayer,
  reLU: reLULayer,
  pReLU: pReLULayer,
  multiply: multiplyLayer,
  average: averageLayer,
  maximum: maximumLayer,
  subtract: subtractLayer,
  permute: permuteLayer,
  cropping2d: cropping2dLayer,
  upSampling2d: upSampling2dLayer,
  resizing: resizingLayer,
  groupNormalization: groupNormalizationLayer,
})

/** The frozen JSON description of any layer. */
export type LayerSpec = SpecOf<typeof layers>

/** Reads a layer from JSON that may come from anywhere. Throws a `UsageError` for an unknown kind or option. */
export const parseLayer = layers.parse

/** The definition that belongs to a spec. */
export function definitionOf(spec: LayerSpec): LayerDefinition<LayerSpec> {
  return layers.of(spec)
}

/** Whether training leaves a layer as it is. */
export function isFrozen(layer: LayerSpec): boolean {
  return 'trainable' in layer && !layer.trainable
}

export { type ActivationOptions, activation } from './activation.ts'
export { type BatchNormalizationOptions, batchNormalization } from './batch-normalization.ts'
export { type Conv1DOptions, conv1d } from './conv-1d.ts'
export { type Conv2DOptions, conv2d } from './conv-2d.ts'
export { type Cropping2DOptions, cropping2d } from './cropping.ts'
export { type DenseOptions, dense } from './dense.ts'
export {
  type DepthwiseConv1DOptions,
  type DepthwiseConv2DOptions,
  depthwiseConv1d,
  depthwiseConv2d,
} from './depthwise-conv.ts'
export { type DropoutOptions, dropout } from './dropout.ts'
export { flatten } from './flatten.ts'
export { type GaussianNoiseOptions, gaussianNoise } from './gaussian-noise.ts'
export {
  type GlobalPoolingOptions,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
} from './global-pooling.ts'
export { type GroupNormalizationOptions, groupNormalization } from './group-normalization.ts'
export type { LayerDefinition } from './layer.ts'
export { type LayerNormalizationOptions, layerNormalization } from './layer-normalization.ts'
export { add, average, concatenate, maximum, multiply, subtract } from './merge.ts'
export { type NormalizationOptions, normalization } from './normalization.ts'
export { type PReLUOptions, pReLU } from './p-re-lu.ts'
export { type PermuteOptions, permute } from './permute.ts'
export { averagePooling1d, maxPooling1d, type Pooling1DOptions } from './pooling-1d.ts'
export { averagePooling2d, maxPooling2d, type Pooling2DOptions } from './pooling-2d.ts'
export { type ReLUOptions, reLU } from './re-lu.ts'
export { type RescalingOptions, rescaling } from './rescaling.ts'
export { type ReshapeOptions, reshape } from './reshape.ts'
export { type ResizingOptions, resizing, type UpSampling2DOptions, upSampling2d } from './resizing.ts'
export {
  type SeparableConv1DOptions,
  type SeparableConv2DOptions,
  separableConv1d,
  separableConv2d,
} from './separable-conv.ts'
export { type SpatialDropoutOptions, spatialDropout1d, spatialDropout2d } from './spatial-dropout.ts'
export {
  type ZeroPadding1DOptions,
  type ZeroPadding2DOptions,
  zeroPadding1d,
  zeroPadding2d,
} from './zero-padding.ts'
