// What runs in a browser too: everything but what reads or writes files (docs/decisions/0010-webassembly.md).
export * from './analysis/index.ts'
export {
  type AugmentationSpec,
  cutout,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from './data/augment/index.ts'
export type { Dataset, Examples } from './data/dataset.ts'
export { oneHot } from './data/labels.ts'
export { normalizationOf } from './data/normalization-of.ts'
export type { OpaquePicture, Picture } from './data/pictures/picture.ts'
export { decodePng } from './data/pictures/png.ts'
export type { PixelRange } from './data/pixels.ts'
export {
  type Preparation,
  type PreparedSteps,
  preparation,
  preparationSteps,
  prepare,
} from './data/preparation.ts'
export { stratifiedSplit, validationSplit } from './data/split.ts'
export type { Backend } from './engine/backend.ts'
export { referenceBackend } from './engine/backends/reference.ts'
export { wasmBackend } from './engine/backends/wasm/wasm.ts'
export * from './explain/index.ts'
export type { Activation } from './layers/activations.ts'
export * from './layers/index.ts'
export { layerOptions, layerOptionTexts } from './layers/layer-options.ts'
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  type LossSpec,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from './losses/loss.ts'
export { graph, type ModelSpec, sequential } from './model/graph.ts'
export { buildModel, type Model, type ModelLayer } from './model/model.ts'
export { summary } from './model/summary.ts'
export type { Weights } from './model/weights.ts'
export {
  adadelta,
  adagrad,
  adam,
  adamw,
  nadam,
  type OptimizerSpec,
  rmsprop,
  sgd,
} from './optimizers/optimizer.ts'
export type { DataAudit, ImageOf, SuspectLabel } from './protocol/audit.ts'
export type { EpochMetrics, History, TrainEvent } from './protocol/events.ts'
export type {
  Embedding,
  ImageExplanation,
  LayerActivations,
  LayerFilters,
  PixelMap,
} from './protocol/explanations.ts'
export type { OptionText } from './protocol/options.ts'
export { l1, l1l2, l2, type RegularizerSpec } from './regularizers/regularizer.ts'
export {
  cosineDecay,
  exponentialDecay,
  learningRateAt,
  piecewiseConstantDecay,
  type ScheduleSpec,
} from './schedules/schedule.ts'
export { HeddleError, UsageError } from './spec/errors.ts'
export { RandomStream } from './tensor/random.ts'
export { earlyStopping } from './train/callbacks/early-stopping.ts'
export { type DecodeModelOptions, decodeModel } from './train/decode-model.ts'
export { evaluate } from './train/evaluate.ts'
export { type FitOptions, fit } from './train/fit.ts'
export { createNetwork, Network } from './train/network.ts'
export { type TrainOptions, type TrainSpec, trainSpec } from './train/options.ts'
export { createPredictor, predict } from './train/predict.ts'
export type { SavedModel } from './train/saved-model.ts'
export { type TrainPlan, train } from './train/train.ts'
