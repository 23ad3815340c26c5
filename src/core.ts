// What every program needs: to define, train, evaluate, ask and describe networks. It runs in a browser, too.

export { HeddleError, UsageError } from './base/errors.ts'
export { option } from './base/option.ts'
export { RandomStream } from './base/random.ts'
export {
  type AugmentationSpec,
  type CutmixOptions,
  type CutoutOptions,
  cutmix,
  cutout,
  type MixupOptions,
  mixup,
  type RandomBrightnessOptions,
  type RandomContrastOptions,
  type RandomCropOptions,
  type RandomErasingOptions,
  type RandomFlipOptions,
  type RandomRotationOptions,
  type RandomTranslationOptions,
  type RandomZoomOptions,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from './data/augment/index.ts'
export type { Dataset } from './data/dataset.ts'
export { Examples, type ImageShape, type LabelledImages } from './data/examples.ts'
export { countLabels, oneHot } from './data/labels.ts'
export { normalizationOf } from './data/normalization-of.ts'
export type { OpaquePicture, Picture } from './data/pictures/picture.ts'
export { decodePng } from './data/pictures/png.ts'
export type { PixelRange } from './data/pixels.ts'
export {
  type Preparation,
  type PreparationOptions,
  type PreparedSteps,
  preparation,
  preparationSteps,
  prepare,
} from './data/preparation.ts'
export { stratifiedSplit, validationSplit } from './data/split.ts'
export type { Backend } from './engine/backend.ts'
export { referenceBackend } from './engine/backends/reference.ts'
export { WasmThreads, wasmThread } from './engine/backends/wasm/threads.ts'
export { wasmBackend } from './engine/backends/wasm/wasm.ts'
export { type EfficientNetLiteOptions, efficientNetLite } from './model/efficient-net-lite.ts'
export { graph, type ModelSpec, sequential } from './model/graph.ts'
export { buildModel, type Model, type ModelLayer } from './model/model.ts'
export { type PretrainedOptions, type PretrainedSpec, pretrained } from './model/pretrained.ts'
export { type SqueezeExciteOptions, squeezeExcite } from './model/squeeze-excite.ts'
export { summary } from './model/summary.ts'
export type { Weights } from './model/weights.ts'
export { type DecodeModelOptions, decodeModel } from './network/decode-model.ts'
export { evaluate } from './network/evaluate.ts'
export { createNetwork, Network, type NetworkFacts } from './network/network.ts'
export { createPredictor, type Prediction, predict } from './network/predict.ts'
export type { TestTimeAugmentation } from './network/views.ts'
export type { Activation } from './nn/layers/activations.ts'
export { defineLayer, type OwnLayer, type OwnParameter } from './nn/layers/define-layer.ts'
export * from './nn/layers/index.ts'
export { layerOptions, layerOptionTexts } from './nn/layers/layer-options.ts'
export { defineLoss, type OwnLoss } from './nn/losses/define-loss.ts'
export {
  type BinaryCrossentropyOptions,
  binaryCrossentropy,
  type CategoricalCrossentropyOptions,
  categoricalCrossentropy,
  type LossSpec,
  meanSquaredError,
  type SparseCategoricalCrossentropyOptions,
  sparseCategoricalCrossentropy,
} from './nn/losses/loss.ts'
export { defineMetric } from './nn/metrics/define-metric.ts'
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamOptions,
  type AdamwOptions,
  adadelta,
  adagrad,
  adam,
  adamw,
  type MuonOptions,
  muon,
  type NadamOptions,
  nadam,
  type OptimizerSpec,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './nn/optimizers/index.ts'
export {
  type L1L2Options,
  type L1Options,
  type L2Options,
  l1,
  l1l2,
  l2,
  type RegularizerSpec,
} from './nn/regularizers/regularizer.ts'
export {
  type CosineDecayOptions,
  cosineDecay,
  type ExponentialDecayOptions,
  exponentialDecay,
  learningRateAt,
  type PiecewiseConstantDecayOptions,
  piecewiseConstantDecay,
  type ScheduleSpec,
} from './nn/schedules/schedule.ts'
export { activationAttributes } from './ops/activation.ts'
export type { OpAttributes } from './ops/index.ts'
export type { EpochMetrics, History, TrainEvent } from './protocol/events.ts'
export type { OptionText } from './protocol/options.ts'
export { type EarlyStoppingOptions, earlyStopping } from './train/callbacks/early-stopping.ts'
export {
  type LearningRateSchedulerOptions,
  learningRateScheduler,
} from './train/callbacks/learning-rate-scheduler.ts'
export { type ModelCheckpointOptions, modelCheckpoint } from './train/callbacks/model-checkpoint.ts'
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from './train/callbacks/reduce-lr-on-plateau.ts'
export { type FitOptions, fit } from './train/fit.ts'
export { type TrainOptions, type TrainSpec, trainSpec } from './train/options.ts'
export { type Plan, planTraining } from './train/plan.ts'
export { type TrainPlan, train } from './train/train.ts'
