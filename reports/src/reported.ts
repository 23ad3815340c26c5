import type { ExperimentSpec } from 'heddle'
import activationHeads from '../../experiments/activation-heads.ts'
import basicVsStandard from '../../experiments/basic-vs-standard.ts'
import conv1dEight from '../../experiments/conv1d-eight.ts'
import threeClass from '../../experiments/three-class.ts'
import threeClassAugmented from '../../experiments/three-class-augmented.ts'
import threeConv from '../../experiments/three-conv.ts'
import report000 from '../printed/000.json' with { type: 'json' }
import report001 from '../printed/001.json' with { type: 'json' }
import report002 from '../printed/002.json' with { type: 'json' }
import report003 from '../printed/003.json' with { type: 'json' }
import report004 from '../printed/004.json' with { type: 'json' }
import type { Origins } from './origins.ts'

/** What a report prints about one model; what it is silent about is left out. */
export interface ReportedModel {
  /** `000/1`: what the command line and the tables call it. */
  readonly id: string
  /** Its name in the report's first experiment. */
  readonly model: string
  readonly accuracy?: number
  readonly loss?: number
  readonly trainAccuracy?: number
  readonly trainLoss?: number
  readonly params?: number
  readonly seconds?: number
  readonly epochs?: number
  /** How often it is trained here; left out: `RUNS`. */
  readonly runs?: number
  /** Where values of its training here come from that are not the report's `settings`. */
  readonly settings?: Partial<Origins>
}

/** What a file of printed/ holds, besides the `claims` that findings check. */
interface Printed {
  readonly id: string
  readonly title: string
  readonly author: string
  /** What it shows of its data that the others do not: an image as NumPy prints it, a sprite of many. */
  readonly shows?: readonly ('arrays' | 'sprite')[]
  readonly models: readonly ReportedModel[]
  /** Where each value of the trainings here comes from. */
  readonly settings: Origins
  /**
   * How its training numbers were measured: `history` means over the last epoch, dropout on, as Keras' fit prints them;
   * `evaluate` after training, dropout off. `null`: it prints none.
   */
  readonly trainMeasure: 'history' | 'evaluate' | null
  /** What its own text or code shows to be a slip. */
  readonly slips?: readonly { readonly claim: string; readonly found: string }[]
  /** How many decimals it prints of accuracies (shares) and losses. */
  readonly decimals: { readonly accuracy: number; readonly loss: number }
}

export interface Report extends Printed {
  /** Models that the report does not print are its follow-ups. */
  readonly experiments: readonly [ExperimentSpec, ...ExperimentSpec[]]
}

/** Three seeds show a spread. */
export const RUNS = 3

/** All reports tested on Fashion-MNIST's 10,000 images. */
export const REPORTED_TEST_COUNT = 10_000

export const reports: readonly Report[] = [
  { ...(report000 as Printed), experiments: [conv1dEight] },
  { ...(report001 as Printed), experiments: [activationHeads] },
  { ...(report002 as Printed), experiments: [basicVsStandard] },
  { ...(report003 as Printed), experiments: [threeClass, threeClassAugmented] },
  { ...(report004 as Printed), experiments: [threeConv] },
]
