import type { Backend } from '../engine/backend.ts'
import { lower } from '../engine/lower.ts'
import { updateRuleOf } from '../nn/optimizers/index.ts'
import type { Plan } from './plan.ts'

/** Compiles a planned training. Throws an `OtherEngine` if the engine was not built for this Heddle. */
export function checkEngine({ model, spec }: Pick<Plan, 'model' | 'spec'>, backend: Backend): void {
  // What is read of a program does not depend on the batch, and its memory does.
  backend.compile(lower(model, spec.loss), { batchSize: 1, update: updateRuleOf(spec.optimizer) })
}
