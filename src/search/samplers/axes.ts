import type { ParameterValue, ParameterValues } from '../../protocol/study.ts'
import { cellsOf, type Distribution, unitOf, valueAt, valueInCell } from '../distributions/index.ts'
import { pointOf, type Space } from '../space.ts'
import { valueKey } from '../value.ts'

/**
 * A parameter as models of trials see it. A position on a `line` is a number from 0 to 1; on `steps`, which are ordered, and in a
 * `category`, it is the number of a value.
 */
export interface Axis {
  readonly name: string
  readonly distribution: Distribution
  readonly kind: 'line' | 'steps' | 'category'
  /** Number of values; 0 of a line. */
  readonly cells: number
  /** The places from 0 to 1 at which the cells of steps begin, and 1 at the end; empty for other kinds. */
  readonly edges: Float64Array
  readonly positionOf: (value: ParameterValue) => number
}

/** Positions on all axes, in the order of the space; `ABSENT` for a parameter that is not there. */
export type Positions = Float64Array

export const ABSENT = -1

/** Whole numbers of a wide range are as good as continuous ones. */
const MOST_CELLS = 1000

export function axesOf(space: Space): readonly Axis[] {
  return Object.entries(space).map(([name, distribution]) => axisOf(name, distribution))
}

function axisOf(name: string, distribution: Distribution): Axis {
  const cells = cellsOf(distribution)
  const isOrdered = distribution.kind !== 'choice'
  if (cells === null || (isOrdered && cells > MOST_CELLS)) {
    const edges = new Float64Array(0)
    const positionOf = (value: ParameterValue): number => unitOf(distribution, value) ?? ABSENT
    return { name, distribution, kind: 'line', cells: 0, edges, positionOf }
  }
  const values = Array.from({ length: cells }, (_, cell) => valueInCell(distribution, cell))
  const places = new Map(values.map((value, cell) => [lookup(value), cell]))
  return {
    name,
    distribution,
    kind: isOrdered ? 'steps' : 'category',
    cells,
    edges: isOrdered ? edgesOf(values.map(value => unitOf(distribution, value)!)) : new Float64Array(0),
    positionOf: value => places.get(lookup(value)) ?? ABSENT,
  }
}

/** Numbers and texts are found as they are, which is faster than by a text. */
function lookup(value: ParameterValue): unknown {
  return typeof value === 'object' ? valueKey(value) : value
}

/** Cells lie side by side from 0 to 1, so their middles say where they begin. */
function edgesOf(middles: readonly number[]): Float64Array {
  const edges = new Float64Array(middles.length + 1)
  for (const [cell, middle] of middles.entries()) edges[cell + 1] = 2 * middle - edges[cell]!
  edges[middles.length] = 1
  return edges
}

/** The cell that a place from 0 to 1 lies in. */
function cellIn(edges: Float64Array, place: number): number {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (edges[middle]! <= place) low = middle
    else high = middle - 1
  }
  return low
}

/** The place of a position from 0 to 1, of a step the middle of its cell. */
export function placeOf({ kind, edges }: Axis, position: number): number {
  return kind === 'steps' ? (edges[position]! + edges[position + 1]!) / 2 : position
}

/** The position at a place from 0 to 1. */
export function positionAt({ kind, cells, edges }: Axis, place: number): number {
  if (kind === 'line') return place
  return kind === 'steps' ? cellIn(edges, place) : Math.min(cells - 1, Math.floor(place * cells))
}

/** `null`: a value is none of its axis, as after a search went on with a narrower space. */
export function positionsOf(axes: readonly Axis[], parameters: ParameterValues): Positions | null {
  const positions = new Float64Array(axes.length).fill(ABSENT)
  for (const [i, { name, positionOf }] of axes.entries()) {
    if (!Object.hasOwn(parameters, name)) continue
    positions[i] = positionOf(parameters[name]!)
    if (positions[i] === ABSENT) return null
  }
  return positions
}

/** A point of the space, and its positions. */
export interface Candidate {
  readonly parameters: ParameterValues
  readonly positions: Positions
}

/** The point at some positions, which need one on each axis: those of parameters that are then not there are left out. */
export function candidateAt(space: Space, axes: readonly Axis[], positions: Positions): Candidate {
  const kept = new Float64Array(axes.length).fill(ABSENT)
  const parameters = pointOf(space, (name, distribution) => {
    const i = axes.findIndex(axis => axis.name === name)
    const { kind, positionOf } = axes[i]!
    const value =
      kind === 'line' ? valueAt(distribution, positions[i]!) : valueInCell(distribution, positions[i]!)
    kept[i] = positionOf(value)
    return value
  })
  return { parameters, positions: kept }
}
