export { correctness, type Predictions, predictionsOf } from '../network/predictions.ts'
export { applyTemperature, fitTemperature } from '../network/temperature.ts'
export type { ClassEffect, Discordance, ModelComparison } from '../protocol/comparison.ts'
export { type Normalization, normalized } from '../protocol/confusion.ts'
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
export * from './audit/index.ts'
export { classEffects, compareModels, type TestedModel } from './compare/compare-models.ts'
export { type Priced, paretoFront } from './compare/pareto.ts'
export { cohensKappa, matthewsCorrelation } from './evaluate/agreement.ts'
export { type AnalyzeOptions, analyze, type Training } from './evaluate/analyze.ts'
export { calibrationOf } from './evaluate/calibration.ts'
export { classificationReport, formatReport, type ZeroDivision } from './evaluate/classification-report.ts'
export { accuracyOf, confusionMatrix, oneVsRest, predictedClasses } from './evaluate/confusion.ts'
export { corrupt, corruptionKinds } from './evaluate/corruptions.ts'
export {
  type EvaluationOptions,
  evaluationOf,
  flatteredClasses,
  hardestImages,
  mostConfusedPairs,
} from './evaluate/evaluation.ts'
export {
  deadOutputsLoss,
  diagnoseOutputs,
  doubleSoftmaxFloor,
  type OutputDiagnosis,
} from './evaluate/outputs.ts'
export { classCurves, precisionRecallCurve, rocCurve, topKAccuracy } from './evaluate/ranking.ts'
export { type RobustnessOptions, robustnessOf } from './evaluate/robustness.ts'
export {
  type AccuracyDifference,
  accuracyError,
  compareAccuracy,
  noiseWidth,
  wilsonInterval,
} from './statistics/noise.ts'
export { discordance, exactMcNemar, holm } from './statistics/significance.ts'
export { studentQuantile } from './statistics/uncertainty.ts'
