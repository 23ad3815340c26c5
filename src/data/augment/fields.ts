import { UsageError } from '../../base/errors.ts'
import {
  custom,
  type Field,
  number,
  type Options,
  oneOf,
  type Pair,
  show,
  type Values,
} from '../../base/schema.ts'
import { type Fill, fillModes, interpolations } from '../../ops/resample.ts'

/** The share of images that it happens to. */
export const probabilityField = number(1, { min: 0, max: 1 })

/** The parameter of Beta(alpha, alpha). Beyond these limits a share is 0 or 1, or a half. */
export function alphaField(fallback: number): Field<number, number> {
  return number(fallback, { min: 0.01, max: 1000 })
}

/** 0 is black and 1 is white, whatever numbers the network is given. */
export const fillValueField = number(0, { min: 0, max: 1 })

/** What lies outside of an image, and between its pixels; and how many images it happens to. */
export const resamplingFields = {
  /** `reflect`: d c b a | a b c d | d c b a; `nearest`: the border's pixel; `constant`: `fillValue`. Default 'reflect'. */
  fillMode: oneOf(fillModes, 'reflect'),
  /** What lies outside of the image where `fillMode` is `constant`: 0 is black, 1 is white. Default 0. */
  fillValue: fillValueField,
  /** How values between pixels are computed. Default 'bilinear'. */
  interpolation: oneOf(interpolations, 'bilinear'),
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface ResamplingOptions extends Options<typeof resamplingFields> {}

type Resampling = Omit<Values<typeof resamplingFields>, 'probability'>

export function fillOf({ fillMode: mode, fillValue, interpolation }: Resampling): Fill {
  // A value that is not read must not keep two resamplings apart.
  return { mode, value: mode === 'constant' ? fillValue : 0, interpolation }
}

/** The fill of what draws a box. */
export function boxFill(value: number): Fill {
  return { mode: 'constant', value, interpolation: 'nearest' }
}

interface Bounds {
  readonly min: number
  readonly max: number
  /** Exclusive bounds. */
  readonly open?: boolean
}

/** `[lowest, highest]`, or one number for `spread(number)`. */
function range(
  fallback: Pair | undefined,
  { min, max, open = false }: Bounds,
  spread: (factor: number) => Pair,
): Field<number | Pair, Pair> {
  return custom<number | Pair, Pair>(fallback && Object.freeze(fallback), (value, path) => {
    const both = typeof value === 'number' ? spread(value) : value
    const fits = (n: unknown): boolean =>
      typeof n === 'number' && (open ? n > min && n < max : n >= min && n <= max)
    if (!Array.isArray(both) || both.length !== 2 || !both.every(fits) || both[0] > both[1]) {
      const bounds = open ? `between ${min} and ${max}` : `from ${min} to ${max}`
      throw new UsageError(`${path} must be a number ${bounds}, or [lowest, highest], not ${show(value)}.`)
    }
    return Object.freeze([both[0], both[1]] as const)
  })
}

/** Both ways: a number f means [−f, f]. */
export function around(bounds: Bounds): Field<number | Pair, Pair> {
  return range(undefined, bounds, factor => [-Math.abs(factor), Math.abs(factor)])
}

/** From nothing: a number f means [0, f]. */
export function upTo(fallback: Pair): Field<number | Pair, Pair> {
  return range(fallback, { min: 0, max: 1 }, factor => [0, factor])
}

/** Down and up: `[lower, upper]`, a number is both. */
export function lessAndMore(): Field<number | Pair, Pair> {
  return custom<number | Pair, Pair>(undefined, (value, path) => {
    const both = typeof value === 'number' ? [value, value] : value
    const fits = (n: unknown): boolean => typeof n === 'number' && n >= 0 && n <= 1
    if (!Array.isArray(both) || both.length !== 2 || !both.every(fits)) {
      throw new UsageError(`${path} must be a number from 0 to 1, or [lower, upper], not ${show(value)}.`)
    }
    return Object.freeze([both[0], both[1]] as const)
  })
}
