import type { Definition } from '../../base/family.ts'
import { optional } from '../../base/schema.ts'
import type { ParameterFacts, ParameterValue } from '../../protocol/study.ts'
import { conditionField } from '../condition.ts'

/** Options that every distribution has. */
export const distributionFields = {
  /** The parameter is there only with these values of other parameters: see `when`. Default null: always. */
  when: optional(conditionField),
}

/**
 * What a parameter may be. Samplers see it as the interval from 0 to 1: of a continuous one each place is a value, of a discrete
 * one each value has a cell of the interval.
 */
export interface DistributionDefinition<S> extends Definition<S> {
  readonly scale: ParameterFacts['scale']
  /** The lowest and the highest value. Absent: its values have no order. */
  range?(spec: S): readonly [low: number, high: number]
  /** The value at a place from 0 to 1. */
  at(spec: S, unit: number): ParameterValue
  /** The place of a value: of a discrete one the middle of its cell; `null`: it is none of its values. */
  unitOf(spec: S, value: unknown): number | null
  /** How many values a discrete one has, and which one is in a cell, the first being 0. Absent: it is continuous. */
  readonly cells?: { count(spec: S): number; value(spec: S, cell: number): ParameterValue }
}

/** A place from 0 to 1 as the cell of `count` equal ones. */
export function cellAt(unit: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor(unit * count)))
}

/** `value`, at least `low` and at most `high`: rounding may leave an interval by one bit. */
export function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.max(low, Math.min(high, value))
}
