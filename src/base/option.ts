import { boolean, integer, number, oneOf, optional, required } from './schema.ts'

/**
 * How the options of a layer or loss of your own are declared: what a value must be, and what it is where it is left out.
 *
 * `option.number(1, { min: 0 })`, `option.integer(3)`, `option.boolean(false)`, `option.oneOf(['a', 'b'], 'a')`;
 * `option.required(of)` has no default, `option.optional(of)` may be `null`, which is its default.
 *
 * @example
 * option.number(2, { min: 0 }).fallback // 2
 */
export const option = { number, integer, boolean, oneOf, optional, required } as const
