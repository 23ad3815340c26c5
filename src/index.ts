export { type Statistic, statisticOf } from './base/maths.ts'
export * from './core.ts'
export { createDataset } from './data/dataset.ts'
export {
  type CsvOptions,
  corrected,
  csv,
  type DataSource,
  fashionMnist,
  fashionMnistMini,
  type IdxOptions,
  type ImageFolderOptions,
  idx,
  imageFolder,
  loadDataset,
  relabel,
} from './data/source.ts'
export { decodePicture } from './data/sources/decode.ts'
export { chooseBackend } from './engine/backends/choose.ts'
export { nativeBackend } from './engine/backends/native/native.ts'
export { loadWasm } from './engine/backends/wasm/load.ts'
export { nodeThreads } from './engine/backends/wasm/threads.ts'
export { buildNamed } from './model/build-named.ts'
export { type FilePlace, pretrainedNetwork, readPretrained } from './network/pretrained.ts'
export { loadModel, saveModel } from './network/saved-model.ts'
export type { ExperimentResult, RunResult } from './protocol/results.ts'
export {
  type ChoiceSpec,
  choice,
  type IntRangeOptions,
  intRange,
  logUniform,
  uniform,
  when,
} from './search/distributions/index.ts'
export {
  type GaussianProcessOptions,
  type GridOptions,
  gaussianProcess,
  grid,
  random,
  sobol,
  type TpeOptions,
  tpe,
} from './search/samplers/index.ts'
export { type AshaOptions, asha, type MedianOptions, median, none } from './search/schedulers/index.ts'
export {
  type ParametersOf,
  parseSearch,
  type Search,
  type SearchOptions,
  type SearchSpec,
  search,
} from './search/search.ts'
export { augmentFor } from './train/augment.ts'
export { type CsvLoggerOptions, csvLogger } from './train/callbacks/csv-logger.ts'
export { type ExperimentSpec, experiment, parseExperiment, trainingOf } from './train/experiment.ts'
export { trainOptionText } from './train/options.ts'
export { runExperiment } from './train/run-experiment.ts'
