export {
  type ClassificationReport,
  classificationReport,
  formatReport,
  type ReportRow,
  type ZeroDivision,
} from './classification-report.ts'
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
export { type AccuracyDifference, accuracyError, compareAccuracy, wilsonInterval } from './noise.ts'
export {
  deadOutputsLoss,
  diagnoseOutputs,
  doubleSoftmaxFloor,
  type OutputDiagnosis,
} from './outputs.ts'
