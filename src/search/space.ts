import { show } from '../base/schema.ts'
import type { ParameterFacts, ParameterValue, ParameterValues } from '../protocol/study.ts'
import { parameterText } from '../protocol/study-text.ts'
import { conditionText, holds } from './condition.ts'
import {
  cellsOf,
  type Distribution,
  definitionOf,
  unitOf,
  valueAt,
  valueInCell,
} from './distributions/index.ts'
import { textsOf, valueKey } from './value.ts'

/** By name, what each parameter may be. The order counts: it is that of the coordinates of a point. */
export type Space = Readonly<Record<string, Distribution>>

/** Names in such an order that each parameter comes after those that its condition names. */
export function dependencyOrder(space: Space): readonly string[] {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    for (const other of Object.keys(space[name]!.when ?? {})) visit(other)
    order.push(name)
  }
  for (const name of Object.keys(space)) visit(name)
  return order
}

/**
 * A point of the space: the parameters whose conditions hold, with their values, in the order of the space. `value` gives the value
 * of a parameter that is there.
 */
export function pointOf(
  space: Space,
  value: (name: string, distribution: Distribution) => ParameterValue,
): ParameterValues {
  const values: Record<string, ParameterValue> = {}
  for (const name of dependencyOrder(space)) {
    const distribution = space[name]!
    if (holds(distribution.when, values)) values[name] = value(name, distribution)
  }
  return inOrder(space, values)
}

/** The values of a point in the order of the space, whatever order they come in. */
export function inOrder(space: Space, point: ParameterValues): ParameterValues {
  const names = Object.keys(space).filter(name => Object.hasOwn(point, name))
  return Object.freeze(Object.fromEntries(names.map(name => [name, point[name]!])))
}

/** The point at a place of the unit cube, one coordinate for each parameter of the space, also for those that are then not there. */
export function pointAt(space: Space, units: readonly number[]): ParameterValues {
  const names = Object.keys(space)
  return pointOf(space, (name, distribution) => valueAt(distribution, units[names.indexOf(name)]!))
}

/** The place of a point in the unit cube, in the order of the space; `null` for a parameter that is not there. */
export function unitsOf(space: Space, point: ParameterValues): readonly (number | null)[] {
  return Object.entries(space).map(([name, distribution]) =>
    Object.hasOwn(point, name) ? unitOf(distribution, point[name]) : null,
  )
}

/** Points with the same key are the same point. */
export function pointKey(point: ParameterValues): string {
  return valueKey(point)
}

/** Why some values are no point of the space, in words; `null`: they are one. */
export function problemOf(space: Space, values: ParameterValues): string | null {
  const unknown = Object.keys(values).find(name => !Object.hasOwn(space, name))
  if (unknown !== undefined) return `${show(unknown)} is not a parameter of the space`
  for (const [name, distribution] of Object.entries(space)) {
    const isThere = Object.hasOwn(values, name)
    if (isThere && unitOf(distribution, values[name]) === null)
      return `${name} is ${show(values[name])}, but ${rangeText(distribution)}`
    if (isThere === holds(distribution.when, values)) continue
    const condition = distribution.when ? ` (${conditionOf(space, name)})` : ''
    return isThere
      ? `${name} has a value, but is not there with the others${condition}`
      : `${name} has no value${condition}`
  }
  return null
}

/** `it goes from 8 to 64 in steps of 8`. */
export function rangeText(distribution: Distribution): string {
  if (distribution.kind === 'choice') {
    const texts = textsOf(distribution.values)
    return `its values are ${texts.slice(0, 10).join(', ')}${texts.length > 10 ? ', …' : ''}`
  }
  const { low, high } = distribution
  const step =
    distribution.kind === 'intRange' && distribution.step > 1 ? ` in steps of ${distribution.step}` : ''
  return `it goes from ${parameterText(low)} to ${parameterText(high)}${step}`
}

function conditionOf(space: Space, name: string): string | null {
  const { when } = space[name]!
  return when && conditionText(when, (other, value) => textIn(space[other]!, value))
}

/** How a value of a parameter is shown. */
export function textIn(distribution: Distribution, value: ParameterValue): string {
  if (distribution.kind !== 'choice') return parameterText(value)
  const key = valueKey(value)
  const at = distribution.values.findIndex(one => valueKey(one) === key)
  return at < 0 ? parameterText(value) : textsOf(distribution.values)[at]!
}

/** What tables and charts show of the parameters. */
export function factsOf(space: Space): readonly ParameterFacts[] {
  return Object.entries(space).map(([name, distribution]) => {
    const { range, scale } = definitionOf(distribution)
    const [low, high] = range?.(distribution) ?? [null, null]
    return {
      name,
      scale: distribution.kind === 'intRange' && distribution.log ? 'log' : scale,
      low,
      high,
      choices: distribution.kind === 'choice' ? textsOf(distribution.values) : null,
      condition: conditionOf(space, name),
    }
  })
}

/** Some values of the parameters that conditions name, and how many combinations they stand for. */
export interface Branch {
  readonly values: ParameterValues
  /** `Infinity`: continuous. */
  readonly points: number
}

/**
 * The ways in which conditions come out: of each parameter that a condition names, the named values one by one and one value for
 * all others.
 */
export function branchesOf(space: Space): readonly Branch[] {
  const conditions = Object.values(space).flatMap(({ when }) => Object.entries(when ?? {}))
  const parents = dependencyOrder(space).filter(name => conditions.some(([other]) => other === name))
  let branches: { values: Record<string, ParameterValue>; points: number }[] = [{ values: {}, points: 1 }]
  for (const name of parents) {
    const distribution = space[name]!
    const named = conditions.flatMap(([other, values]) => (other === name ? values : []))
    const distinct = new Map(named.map(value => [valueKey(value), value]))
    const options = [...distinct.values()].map(value => ({ value, points: 1 }))
    const others = cellsOf(distribution)! - distinct.size
    if (others > 0) options.push({ value: unnamed(distribution, distinct), points: others })
    branches = branches.flatMap(branch =>
      holds(distribution.when, branch.values)
        ? options.map(({ value, points }) => ({
            values: { ...branch.values, [name]: value },
            points: branch.points * points,
          }))
        : [branch],
    )
  }
  const rest = Object.entries(space).filter(([name]) => !parents.includes(name))
  return branches.map(({ values, points }) => ({
    values,
    points: rest.reduce(
      (product, [, distribution]) =>
        product *
        (holds(distribution.when, values) ? (cellsOf(distribution) ?? Number.POSITIVE_INFINITY) : 1),
      points,
    ),
  }))
}

function unnamed(distribution: Distribution, named: ReadonlyMap<string, unknown>): ParameterValue {
  for (let cell = 0; ; cell++) {
    const value = valueInCell(distribution, cell)
    if (!named.has(valueKey(value))) return value
  }
}

/** How many points a space has; `null`: it is continuous somewhere. */
export function countPoints(space: Space): number | null {
  const count = branchesOf(space).reduce((sum, { points }) => sum + points, 0)
  return Number.isFinite(count) ? count : null
}
