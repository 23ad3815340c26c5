import type { Dataset } from '../../data/dataset.ts'
import type { RuleFinding } from '../../protocol/finding.ts'
import type { TrainSpec } from '../../train/options.ts'
import type { LintedModel } from './linted-model.ts'

/** A model, its training and its data: what a rule looks at. */
export interface LintContext {
  readonly model: LintedModel
  readonly train: TrainSpec
  readonly data: Dataset
}

export interface Rule<Context = LintContext> {
  readonly id: string
  /** Why it matters, with a source where there is one. */
  readonly why: string
  check(context: Context): Iterable<RuleFinding>
}
