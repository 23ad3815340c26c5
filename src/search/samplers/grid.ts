import { integer, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { cellsOf, valueAt } from '../distributions/index.ts'
import { pointKey } from '../space.ts'
import type { SamplerDefinition } from './sampler.ts'
import { allValues, pointsOf } from './untried.ts'

const fields = {
  /** How many values a continuous parameter has, at least 2: its lowest, its highest, and evenly spread ones between. Default 5. */
  levels: integer(5, { min: 2, max: 1000 }),
}

export interface GridOptions extends Options<typeof fields> {}
export type GridSpec = Spec<'grid', typeof fields>

/**
 * Every combination, the last parameter varying fastest. `choice` and `intRange` give all of their values; a continuous parameter
 * gives `levels` of them, spread evenly from its lowest to its highest on its own scale: `logUniform(1e-3, 1e-1)` with 3 levels
 * gives 0.001, 0.01 and 0.1. The search ends when all have been tried. Combinations whose trial was removed are tried again.
 *
 * @example
 * grid({ levels: 3 }) // { kind: 'grid', levels: 3 }
 */
export function grid(options: GridOptions = {}): GridSpec {
  return parseSpec('grid', fields, options)
}

export const gridSampler: SamplerDefinition<GridSpec> = {
  fields,
  suggest({ space, observations }, { levels }) {
    const tried = new Set(observations.map(({ parameters }) => pointKey(parameters)))
    const points = pointsOf(space, distribution =>
      cellsOf(distribution) === null
        ? Array.from({ length: levels }, (_, i) => valueAt(distribution, i / (levels - 1)))
        : allValues(distribution),
    )
    for (const point of points) if (!tried.has(pointKey(point))) return point
    return null
  },
}
