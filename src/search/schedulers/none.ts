import { parseSpec, type Spec } from '../../base/schema.ts'
import type { SchedulerDefinition } from './scheduler.ts'

const fields = {}

export type NoneSpec = Spec<'none', typeof fields>

/**
 * Every trial is trained to its end.
 *
 * @example
 * none() // { kind: 'none' }
 */
export function none(): NoneSpec {
  return parseSpec('none', fields, {})
}

export const noneScheduler: SchedulerDefinition<NoneSpec> = {
  fields,
  scheduling: () => ({ first: maxEpochs => maxEpochs, next: () => null }),
}
