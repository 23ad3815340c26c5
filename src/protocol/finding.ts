/** What a rule of `heddle doctor` has found: what is wrong, and how to mend it. */
export interface RuleFinding {
  /** `error`: the model cannot do what it is meant to; `warning`: it, or what is concluded from it, suffers. */
  readonly severity: 'error' | 'warning'
  /** The name of the layer where it is; `null`: not in a layer. */
  readonly layer: string | null
  readonly message: string
  readonly fix: string
}

/** A finding with its rule and its model. */
export interface Finding extends RuleFinding {
  readonly rule: string
  /** Why it matters, with a source where there is one. */
  readonly why: string
  readonly model: string
}
