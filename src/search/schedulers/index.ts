import { family, type SpecOf } from '../../base/family.ts'
import { ashaScheduler } from './asha.ts'
import { medianScheduler } from './median.ts'
import { noneScheduler } from './none.ts'
import type { SchedulerDefinition } from './scheduler.ts'

/** Every scheduler, in the order in which it is offered. */
export const schedulers = family('scheduler', {
  none: noneScheduler,
  median: medianScheduler,
  asha: ashaScheduler,
})

/** The frozen JSON description of any scheduler. */
export type SchedulerSpec = SpecOf<typeof schedulers>

/** The definition that belongs to a spec. */
export function definitionOf(spec: SchedulerSpec): SchedulerDefinition<SchedulerSpec> {
  return schedulers.of(spec)
}

export { type AshaOptions, asha } from './asha.ts'
export { type MedianOptions, median } from './median.ts'
export { none } from './none.ts'
