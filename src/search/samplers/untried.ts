import type { ParameterValue, ParameterValues } from '../../protocol/study.ts'
import { holds } from '../condition.ts'
import { cellsOf, type Distribution, valueInCell } from '../distributions/index.ts'
import { countPoints, dependencyOrder, inOrder, type Space } from '../space.ts'
import {
  type Axis,
  axesOf,
  type Candidate,
  candidateAt,
  type Positions,
  positionAt,
  positionsOf,
} from './axes.ts'
import type { Draw, Observation, Question } from './sampler.ts'

/** A trial and where it lies in the space. */
export interface PlacedTrial {
  readonly observation: Observation
  readonly positions: Positions
}

/** What has been tried, and what is left to be tried. Trials that failed or are still being trained count as tried. */
export interface Tried {
  readonly space: Space
  readonly axes: readonly Axis[]
  /** In the order in which they were asked, without those that lie outside the space. */
  readonly trials: readonly PlacedTrial[]
  has(candidate: Candidate): boolean
  /** Whether a finite space has no further point. */
  readonly isExhausted: boolean
}

export function triedOf({ space, observations }: Question): Tried {
  const axes = axesOf(space)
  const trials = observations.flatMap(observation => {
    const positions = positionsOf(axes, observation.parameters)
    return positions ? [{ observation, positions }] : []
  })
  const points = countPoints(space)
  return {
    space,
    axes,
    trials,
    has: candidate => trials.some(({ positions }) => areEqual(positions, candidate.positions)),
    isExhausted: points !== null && trials.length >= points && keysOf(trials).size >= points,
  }
}

const keysOf = (trials: readonly PlacedTrial[]): ReadonlySet<string> =>
  new Set(trials.map(({ positions }) => positions.join()))

function areEqual(one: Positions, other: Positions): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}

/** Draws before a finite space is listed: after as many that were tried already, little of it is left. */
const DRAWS = 200

/** Up to `count` random points that have not been tried, at least one unless the space is exhausted. */
export function untried(tried: Tried, draw: Draw, count = 1): Candidate[] {
  const { space, axes, has, isExhausted } = tried
  if (isExhausted) return []
  const found: Candidate[] = []
  for (let i = 0; i < Math.max(DRAWS, count) && found.length < count; i++) {
    const drawn = Float64Array.from(axes, axis => positionAt(axis, draw()))
    const candidate = candidateAt(space, axes, drawn)
    if (!has(candidate)) found.push(candidate)
  }
  if (found.length > 0) return found
  const left = listUntried(tried)
  return [left[Math.floor(draw() * left.length)]!]
}

/** Points that have not been tried, in order: among one more points than have been tried is at least one. */
function listUntried({ space, axes, trials }: Tried): Candidate[] {
  const keys = keysOf(trials)
  const found: Candidate[] = []
  let listed = 0
  for (const parameters of pointsOf(space, allValues)) {
    if (listed++ > trials.length + DRAWS) break
    const candidate = { parameters, positions: positionsOf(axes, parameters)! }
    if (!keys.has(candidate.positions.join())) found.push(candidate)
  }
  return found
}

/** Every value of a discrete distribution, in order. */
export function* allValues(distribution: Distribution): Generator<ParameterValue> {
  for (let cell = 0; cell < cellsOf(distribution)!; cell++) yield valueInCell(distribution, cell)
}

/** Every point of a space whose parameters have the values of `valuesOf`, the last parameter varying fastest. */
export function pointsOf(
  space: Space,
  valuesOf: (distribution: Distribution) => Iterable<ParameterValue>,
): Generator<ParameterValues> {
  const order = dependencyOrder(space)
  function* from(depth: number, point: ParameterValues): Generator<ParameterValues> {
    const name = order[depth]
    if (name === undefined) yield inOrder(space, point)
    else if (!holds(space[name]!.when, point)) yield* from(depth + 1, point)
    else for (const value of valuesOf(space[name]!)) yield* from(depth + 1, { ...point, [name]: value })
  }
  return from(0, {})
}
