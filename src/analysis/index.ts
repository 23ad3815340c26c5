export type { ClassEffect, Discordance, ModelComparison } from '../protocol/comparison.ts'
export type {
  Calibration,
  ClassCurves,
  ClassificationReport,
  ConfusedPair,
  ConfusionMatrix,
  Curve,
  Evaluation,
  HardImage,
  OneVsRest,
  ReliabilityBin,
  ReportRow,
} from '../protocol/evaluation.ts'
export { cohensKappa, matthewsCorrelation } from './agreement.ts'
export * from './audit/index.ts'
export {
  applyTemperature,
  calibrationOf,
  fitTemperature,
} from './calibration.ts'
export {
  classificationReport,
  formatReport,
  type ZeroDivision,
} from './classification-report.ts'
export {
  classEffects,
  compareModels,
  type TestedModel,
} from './compare-models.ts'
export {
  accuracyOf,
  confusionMatrix,
  type Normalization,
  normalized,
  oneVsRest,
  predictedClasses,
} from './confusion.ts'
export { corrupt, corruptionKinds } from './corruptions.ts'
export { type EvaluateModelOptions, evaluateModel, type Training } from './evaluate-model.ts'
export {
  type EvaluationOptions,
  evaluationOf,
  flatteredClasses,
  hardestImages,
  mostConfusedPairs,
} from './evaluation.ts'
export { type AccuracyDifference, accuracyError, compareAccuracy, wilsonInterval } from './noise.ts'
export {
  deadOutputsLoss,
  diagnoseOutputs,
  doubleSoftmaxFloor,
  type OutputDiagnosis,
} from './outputs.ts'
export { type Priced, paretoFront } from './pareto.ts'
export { correctness, type Predictions, predictionsOf } from './predictions.ts'
export {
  classCurves,
  precisionRecallCurve,
  rocCurve,
  topKAccuracy,
} from './ranking.ts'
export { type RobustnessOptions, robustnessOf } from './robustness.ts'
export { discordance, exactMcNemar, holm } from './significance.ts'
