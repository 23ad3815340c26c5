import type { ExperimentSpec } from 'heddle'
import activationHeads from '../../experiments/activation-heads.ts'
import basicVsStandard from '../../experiments/basic-vs-standard.ts'
import conv1dEight from '../../experiments/conv1d-eight.ts'
import threeClass from '../../experiments/three-class.ts'
import threeClassAugmented from '../../experiments/three-class-augmented.ts'
import threeConv from '../../experiments/three-conv.ts'

/** The models of the reports and their trainings; Heddle's own users run them too. */
export const experiments: readonly ExperimentSpec[] = [
  conv1dEight,
  activationHeads,
  basicVsStandard,
  threeClass,
  threeClassAugmented,
  threeConv,
]
