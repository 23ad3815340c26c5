export { cohensKappa, matthewsCorrelation } from './agreement.ts'
export * from './audit/index.ts'
export type { BootstrapOptions, Difference } from './bootstrap.ts'
export {
  applyTemperature,
  type Calibration,
  calibrationOf,
  fitTemperature,
  type ReliabilityBin,
} from './calibration.ts'
export {
  type ClassificationReport,
  classificationReport,
  formatReport,
  type ReportRow,
  type ZeroDivision,
} from './classification-report.ts'
export {
  type ClassEffect,
  classEffects,
  compareModels,
  type ModelComparison,
  type TestedModel,
} from './compare-models.ts'
export {
  accuracyOf,
  type ConfusionMatrix,
  confusionMatrix,
  type Normalization,
  normalized,
  type OneVsRest,
  oneVsRest,
  predictedClasses,
} from './confusion.ts'
export {
  type ConfusedPair,
  type Evaluation,
  type EvaluationOptions,
  evaluationOf,
  flatteredClasses,
  type HardImage,
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
export { correctness, type Predictions } from './predictions.ts'
export {
  type ClassCurves,
  type Curve,
  classCurves,
  precisionRecallCurve,
  rocCurve,
  topKAccuracy,
} from './ranking.ts'
export {
  type Discordance,
  detectableDifference,
  discordance,
  exactMcNemar,
  holm,
  type Spread,
  seedsNeeded,
} from './significance.ts'
export { studentQuantile } from './student.ts'
