import type { Definition } from '../../base/family.ts'
import type { Coefficients, UpdateRule } from '../../ops/update.ts'

export interface OptimizerDefinition<S> extends Definition<S> {
  /** With a learning rate below this, it hardly moves within the epochs that people wait for. */
  readonly slowBelow: number
  /** What each step does. What changes from step to step is `coefficients`. */
  rule(spec: S): UpdateRule
  /**
   * What update number `step`, the first being 0, depends on besides its rule: `UpdateRule` names the numbers.
   * Absent: on the learning rate only.
   */
  coefficients?(spec: S, rate: number, step: number): Coefficients
}
