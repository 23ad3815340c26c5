import { createHash } from 'node:crypto'
import { UsageError } from '../base/errors.ts'
import { listOf } from '../base/text.ts'
import type { DatasetParts } from '../data/dataset.ts'
import { epochMeasures } from '../nn/metrics/index.ts'
import type { Measure } from '../protocol/metric.ts'
import type { Plan } from '../train/plan.ts'
import { valueKey } from './value.ts'

/** What the objectives of a trial are measured with: trials with different yardsticks cannot be compared by what they measured. */
export interface Yardstick {
  /** By objective, the images that it is measured on, as a hash. */
  readonly images: ReadonlyMap<string, string>
  /** By objective, the options that decide what its number means. */
  readonly meaning: ReadonlyMap<string, string>
}

/** A trial has another yardstick than the others. */
export class OtherYardstick extends UsageError {
  override name = 'OtherYardstick'
}

/** The yardstick of a planned training for those objectives that a training measures. */
export function yardstickOf(plan: Plan<DatasetParts>, objectives: readonly string[]): Yardstick {
  const measured = epochMeasures.filter(({ name }) => objectives.includes(name))
  return {
    images: new Map(measured.map(measure => [measure.name, imagesOf(plan, measure)])),
    meaning: new Map(measured.map(measure => [measure.name, meaningOf(plan, measure)])),
  }
}

/** Labels and places, not pixels: an option may prepare the same pictures in another way, such as in another size. */
function imagesOf({ data, examples, train, validation }: Plan<DatasetParts>, { side }: Measure): string {
  const on = side === 'validation' && validation ? validation : { examples, indices: train }
  return createHash('sha256')
    .update(JSON.stringify(data.classNames))
    .update(on.indices)
    .update(on.indices.map(i => on.examples.labels[i]!))
    .digest('hex')
}

function meaningOf({ spec }: Plan<DatasetParts>, { metric }: Measure): string {
  const options: Readonly<Record<string, unknown>> = { loss: spec.loss, topKAccuracy: spec.topK }
  return valueKey(options[metric.name] ?? null)
}

/** Throws an `OtherYardstick` with what differs, as the end of a sentence about the search. */
export function checkYardstick(expected: Yardstick, given: Yardstick): void {
  const differing = (part: keyof Yardstick): string[] =>
    [...given[part]].flatMap(([name, key]) => (expected[part].get(name) === key ? [] : [name]))
  const [images, meaning] = [differing('images'), differing('meaning')]
  if (images.length > 0) {
    throw new OtherYardstick(
      `it chooses by ${listOf(images)}, and trials would measure that on different images. A trial could win because its images are easier.`,
    )
  }
  if (meaning.length > 0) {
    throw new OtherYardstick(
      `it chooses by ${listOf(meaning)}, and trials would compute that in different ways. Their numbers cannot be compared.`,
    )
  }
}
