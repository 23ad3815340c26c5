import type { Dataset } from '../../data/dataset.ts'
import type { TrainSpec } from '../../train/options.ts'
import type { LintedModel } from './linted-model.ts'

/** A model, its training and its data: what a rule looks at. */
export interface LintContext {
  readonly model: LintedModel
  readonly train: TrainSpec
  readonly data: Dataset
}

/** What a rule has found: what is wrong, and how to mend it. */
export interface RuleFinding {
  /** `error`: the model cannot do what it is meant to; `warning`: it, or what is concluded from it, suffers. */
  readonly severity: 'error' | 'warning'
  /** The name of the layer where it is; `null`: not in a layer. */
  readonly layer: string | null
  readonly message: string
  readonly fix: string
}

export interface Rule<Context = LintContext> {
  readonly id: string
  /** Why it matters, with a source where there is one. */
  readonly why: string
  check(context: Context): readonly RuleFinding[]
}

/** A finding with its rule and its model. */
export interface Finding extends RuleFinding {
  readonly rule: string
  readonly why: string
  readonly model: string
}
