import { RandomStream } from '../base/random.ts'
import type { ParameterValue, ParameterValues } from '../protocol/study.ts'
import { holds } from './condition.ts'
import { cellsOf, type Distribution, valueAt, valueInCell } from './distributions/index.ts'
import { branchesOf, dependencyOrder, inOrder, pointAt, pointKey, pointOf, type Space } from './space.ts'

/** Points at the ends of a space, at which a search is checked before its first trial. */
export interface Corners {
  readonly points: readonly ParameterValues[]
  /** They are all combinations of ends; otherwise a part of them. */
  readonly isComplete: boolean
}

/** Upper limits: a point is checked in some milliseconds. */
const MOST_POINTS = 256
const SAMPLED = 32
const MOST_VALUES = 32

/**
 * The corners of a space: the lowest and the highest value of each range, and every value of a choice (32 of a longer one). All
 * combinations where there are at most 256. In a larger space: every end of each parameter, the others in their middle; ends of two
 * parameters at once; and points drawn at random; some 256 together.
 */
export function cornersOf(space: Space): Corners {
  const all = combinations(space)
  if (all !== null) return { points: all, isComplete: true }
  const points = new Map<string, ParameterValues>()
  const add = (fixed: ParameterValues): void => {
    const point = pointOf(space, (name, distribution) =>
      Object.hasOwn(fixed, name) ? fixed[name]! : middleOf(distribution),
    )
    points.set(pointKey(point), point)
  }
  const singles = Object.entries(space).flatMap(([name, distribution]) =>
    endsOf(distribution).map(end => ({ ...conditionsFor(space, name), [name]: end })),
  )
  add({})
  for (const fixed of singles) add(fixed)
  const stream = new RandomStream(0).split('corners')
  const pairs = stream.split('pairs')
  const pick = (position: number): ParameterValues =>
    singles[Math.floor(pairs.uniform(position) * singles.length)]!
  for (let i = 0; i < 2 * MOST_POINTS && points.size < MOST_POINTS - SAMPLED; i++)
    add({ ...pick(2 * i), ...pick(2 * i + 1) })
  const axes = Object.keys(space)
  for (let i = 0; i < SAMPLED; i++) {
    const point = pointAt(
      space,
      axes.map((_, axis) => stream.uniform(i * axes.length + axis)),
    )
    points.set(pointKey(point), point)
  }
  return { points: [...points.values()], isComplete: false }
}

function endsOf(distribution: Distribution): readonly ParameterValue[] {
  if (distribution.kind !== 'choice') return [valueAt(distribution, 0), valueAt(distribution, 1)]
  const { values } = distribution
  const step = Math.max(1, (values.length - 1) / (MOST_VALUES - 1))
  return values.length <= MOST_VALUES
    ? values
    : Array.from({ length: MOST_VALUES }, (_, i) => values[Math.round(i * step)]!)
}

function middleOf(distribution: Distribution): ParameterValue {
  return distribution.kind === 'choice' ? valueInCell(distribution, 0) : valueAt(distribution, 0.5)
}

/** Values of other parameters with which a parameter is there. */
function conditionsFor(space: Space, name: string): ParameterValues {
  const { when } = space[name]!
  return when === null ? {} : branchesOf(space).find(({ values }) => holds(when, values))!.values
}

/** All combinations of ends; `null`: there are too many. */
function combinations(space: Space): readonly ParameterValues[] | null {
  if (Object.values(space).some(one => one.kind === 'choice' && cellsOf(one)! > MOST_VALUES)) return null
  let points: readonly ParameterValues[] = [{}]
  for (const name of dependencyOrder(space)) {
    const distribution = space[name]!
    points = points.flatMap(point =>
      holds(distribution.when, point)
        ? endsOf(distribution).map(end => ({ ...point, [name]: end }))
        : [point],
    )
    if (points.length > MOST_POINTS) return null
  }
  return points.map(point => inOrder(space, point))
}

/** A few points, among which every parameter of the space is there at least once. */
export function witnessesOf(space: Space): readonly ParameterValues[] {
  const points = Object.keys(space).map(name => {
    const fixed = conditionsFor(space, name)
    return pointOf(space, (other, distribution) =>
      Object.hasOwn(fixed, other) ? fixed[other]! : middleOf(distribution),
    )
  })
  return [...new Map(points.map(point => [pointKey(point), point])).values()]
}
