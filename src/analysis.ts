// `heddle/analysis`: evaluation, honest comparison, audit of data, and the doctor.

export {
  type Finding,
  type FirstStepsOptions,
  firstStepsRules,
  lintExperiment,
  lintFirstSteps,
  lintRules,
  type Rule,
} from './insight/doctor/index.ts'
export * from './insight/index.ts'
export type { DataAudit, ImageOf, SuspectLabel } from './protocol/audit.ts'
