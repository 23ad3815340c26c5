import { UsageError } from './errors.ts'
import type { Form, FormFields } from './form.ts'
import { hintFor } from './keras-names.ts'

/**
 * One option of a spec, declared once: its default, how a value is checked and brought to its normal form.
 * Factories, TypeScript types and the reading of untrusted JSON are all derived from these declarations.
 */
export interface Field<In, Out> {
  readonly required: boolean
  /** Returns the normal form of `value`, or throws a `UsageError` that names `path`. */
  parse(value: unknown, path: string): Out
  readonly fallback: Out | undefined
  /** Came after specs had been hashed: see `later`. */
  readonly later?: true
  /** How it is asked for. */
  readonly form: Form
  /** Never set: carries the type that users may write. */
  readonly input?: In
}

export interface RequiredField<In, Out> extends Field<In, Out> {
  readonly required: true
}

export type Fields = Readonly<Record<string, Field<unknown, unknown>>>

type InputOf<F> = F extends Field<infer In, unknown> ? In : never
type OutputOf<F> = F extends Field<unknown, infer Out> ? Out : never
type RequiredKeys<F> = { [K in keyof F]: F[K] extends RequiredField<unknown, unknown> ? K : never }[keyof F]

/** What a user passes to a factory: required fields, and any of the others. */
export type Options<F extends Fields> = keyof F extends never
  ? NoOptions
  : Given<F, RequiredKeys<F>> & Possible<F, Exclude<keyof F, RequiredKeys<F>>>

/** The options of a spec that has none. */
export type NoOptions = Readonly<Record<string, never>>

// Mapped over keys of `F`, these keep the documentation of its properties: editors show it at each option.
type Given<F, K extends keyof F> = { readonly [P in K]: InputOf<F[P]> }
type Possible<F, K extends keyof F> = { readonly [P in K]?: InputOf<F[P]> | undefined }

/** Every option present, in normal form. */
export type Values<F extends Fields> = { readonly [K in keyof F]: OutputOf<F[K]> }

/** The frozen JSON value that a factory returns. */
export type Spec<Kind extends string, F extends Fields> = { readonly kind: Kind } & Values<F>

/**
 * Checks `options` against `fields` and returns the frozen spec.
 * Throws a `UsageError` for an unknown option (with the closest known one), a missing one, or a bad value.
 */
export function parseSpec<Kind extends string, F extends Fields>(
  kind: Kind,
  fields: F,
  options: unknown,
): Spec<Kind, F> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new UsageError(`${kind}: options must be an object, such as ${kind}({ … }), not ${show(options)}.`)
  }
  const { kind: given = kind, ...rest } = options as Record<string, unknown>
  if (given !== kind) throw new UsageError(`${kind}: the options are those of another kind, ${show(given)}.`)
  return Object.freeze({ kind, ...parseOptions(kind, fields, rest) }) as Spec<Kind, F>
}

/** Checks options that belong to no spec; messages begin with `owner`. Throws as `parseSpec` does. */
export function parseOptions<F extends Fields>(owner: string, fields: F, options: unknown): Values<F> {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new UsageError(`${owner} must be an object, not ${show(options)}.`)
  const given = options as Record<string, unknown>
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(fields, key)) continue
    const known = Object.keys(fields)
    const all = known.length > 0 ? `Its options are ${known.join(', ')}.` : 'It takes no options.'
    throw new UsageError(`${owner}: unknown option ${show(key)}.${hintFor(key, known)} ${all}`)
  }
  const values = Object.entries(fields).map(([key, field]) => {
    const value = Object.hasOwn(given, key) ? given[key] : undefined
    if (value !== undefined) return [key, field.parse(value, `${owner}: ${key}`)]
    if (field.required) throw new UsageError(`${owner}: the option "${key}" is required.`)
    return [key, field.fallback]
  })
  return Object.fromEntries(values) as Values<F>
}

/** Throws a `UsageError` for a key of `value` that is not `known`, with the closest one that is. */
export function checkKeys(value: object, known: readonly string[], path: string): void {
  const unknown = Object.keys(value).find(key => !known.includes(key))
  if (unknown === undefined) return
  const keys = known.filter(key => key !== 'kind').join(', ')
  throw new UsageError(`${path}: unknown key ${show(unknown)}.${hintFor(unknown, known)} Keys: ${keys}.`)
}

/** How a received value is shown in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value)
  // JSON of a whole long text or list would be made only to be cut.
  const head =
    typeof value === 'string' ? value.slice(0, 100) : Array.isArray(value) ? value.slice(0, 100) : value
  const text = textOf(head)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // JSON has no text for a bigint or a circle.
    return typeof value === 'bigint' ? `${value}n` : 'an object without JSON'
  }
}

function field<In, Out extends In>(
  fallback: Out | undefined,
  form: Form,
  parse: (value: unknown, path: string) => Out,
): Field<In, Out> {
  return Object.freeze({ required: false, fallback, form, parse })
}

/** How the options of a spec are asked for. */
export function formOf(fields: Fields): FormFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { form, required, fallback }]) => [
      name,
      { form, required, fallback },
    ]),
  )
}

/** The same field without a default: leaving it out is an error. */
export function required<In, Out>(optional: Field<In, Out>): RequiredField<In, Out> {
  return Object.freeze({ ...optional, required: true as const })
}

/**
 * The same field, for an option that came after specs were hashed and stored: hashes leave it out where it has its default
 * (`withoutLater`), so that they stay the same.
 */
export function later<In, Out>(of: Field<In, Out>): Field<In, Out> {
  return Object.freeze({ ...of, later: true as const })
}

/** The options of a spec but for those that came later and have their default. */
export function withoutLater<S extends object>(fields: Fields, spec: S): Partial<S> {
  const isDefault = ([name, value]: [string, unknown]): boolean => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    return field?.later === true && JSON.stringify(value) === JSON.stringify(field.fallback)
  }
  return Object.fromEntries(Object.entries(spec).filter(entry => !isDefault(entry))) as Partial<S>
}

/** Why an option cannot be a function. */
export const PLAIN_VALUES = 'Options are plain values, which are saved with the run; a function is not.'

function expected(path: string, what: string, value: unknown, hint = ''): UsageError {
  const received = typeof value === 'function' ? 'a function' : show(value)
  const why = typeof value === 'function' ? ` ${PLAIN_VALUES}` : hint
  return new UsageError(`${path} must be ${what}, not ${received}.${why}`)
}

/** Digits alone are read: `1e9` looks like a whole number and is none here. */
const inDigits = (value: unknown): string =>
  typeof value === 'string' && /^\d+e\+?\d+$/i.test(value) ? ' Write it in digits.' : ''

/** A whole number of `min` to `max`. */
export function integer(fallback?: number, { min = 1, max = Infinity } = {}): Field<number, number> {
  return field(fallback, { type: 'integer', min }, (value, path) => {
    if (Number.isInteger(value) && (value as number) > Number.MAX_SAFE_INTEGER && max === Infinity)
      throw new UsageError(
        `${path} is too large: ${value}. The largest whole number is ${Number.MAX_SAFE_INTEGER} (2^53 - 1).`,
      )
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw expected(
        path,
        `a whole number of at least ${min}${max < Infinity ? ` and at most ${max}` : ''}`,
        value,
        inDigits(value),
      )
    }
    return value as number
  })
}

/** The largest float32: the engine computes with nothing larger. */
const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127

/** A number within `[min, max]`, or `[min, max)` with `below`, that float32 can hold. */
export function number(
  fallback?: number,
  { min = -Infinity, max = Infinity, below = Infinity } = {},
): Field<number, number> {
  const finite = (bound: number): number | undefined => (Number.isFinite(bound) ? bound : undefined)
  const form = { type: 'number', min: finite(min), max: finite(max), below: finite(below) } as const
  return field(fallback, form, (value, path) => {
    const fits = typeof value === 'number' && Number.isFinite(value)
    if (fits && Math.abs(value) > MAX_FLOAT32) {
      throw expected(path, 'a number that float32 holds, at most 3.4e38 in size', value)
    }
    if (!fits || value < min || value > max || value >= below) {
      const upper = below < Infinity ? ` and below ${below}` : max < Infinity ? ` and at most ${max}` : ''
      const range = min > -Infinity ? ` of at least ${min}${upper}` : upper
      throw expected(path, `a number${range}`, value)
    }
    return value
  })
}

export function boolean(fallback: boolean): Field<boolean, boolean> {
  return field(fallback, { type: 'boolean' }, (value, path) => {
    if (typeof value !== 'boolean') throw expected(path, 'true or false', value)
    return value
  })
}

export function text(fallback?: string): Field<string, string> {
  return field(fallback, { type: 'text' }, (value, path) => {
    if (typeof value !== 'string' || value === '') throw expected(path, 'a non-empty text', value)
    return value
  })
}

/** One of a closed set of names. */
export function oneOf<const T extends string>(choices: readonly T[], fallback?: T): Field<T, T> {
  return field(fallback, { type: 'choice', choices }, (value, path) => {
    if (!choices.includes(value as T)) {
      const hint = typeof value === 'string' ? hintFor(value, choices) : ''
      throw expected(path, `one of ${choices.map(choice => `'${choice}'`).join(', ')}`, value, hint)
    }
    return value as T
  })
}

export type Pair = readonly [number, number]

/** `[height, width]`, or one number for both. */
export function pair(fallback?: Pair, { min = 1 } = {}): Field<number | Pair, Pair> {
  return field<number | Pair, Pair>(
    fallback && Object.freeze(fallback),
    { type: 'pair', min },
    (value, path) => {
      const both = typeof value === 'number' ? [value, value] : value
      const fits =
        Array.isArray(both) && both.length === 2 && both.every(n => Number.isSafeInteger(n) && n >= min)
      if (!fits) throw expected(path, `a whole number of at least ${min}, or [height, width]`, value)
      return Object.freeze([both[0], both[1]] as const)
    },
  )
}

/** A value that may be left out altogether: its normal form is then `null`. */
export function optional<In, Out extends In>(inner: Field<In, Out>): Field<In | null, Out | null> {
  return field<In | null, Out | null>(null, { type: 'optional', of: inner.form }, (value, path) =>
    value === null ? null : inner.parse(value, path),
  )
}

interface ListOptions<Out> {
  readonly min?: number
  readonly max?: number
  readonly fallback?: readonly Out[]
}

/** A list of `min` to `max` values. */
export function list<In, Out extends In>(
  of: Field<In, Out>,
  { min = 0, max = Number.POSITIVE_INFINITY, fallback }: ListOptions<Out> = {},
): Field<readonly In[], readonly Out[]> {
  return field<readonly In[], readonly Out[]>(
    fallback && Object.freeze(fallback),
    { type: 'list', of: of.form },
    (value, path) => {
      if (!Array.isArray(value)) throw expected(path, 'a list', value)
      if (value.length < min || value.length > max) {
        const range = max < Infinity ? `${min} to ${max}` : `at least ${min}`
        throw new UsageError(`${path} must have ${range} entries, not ${value.length}.`)
      }
      return Object.freeze(value.map((item, i) => of.parse(item, `${path}[${i}]`)))
    },
  )
}

/** A text that `pattern` matches; `what` says in words which texts those are. */
export function textLike(pattern: RegExp, what: string): Field<string, string> {
  return field(undefined, { type: 'text' }, (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw expected(path, what, value)
    return value
  })
}

/** A text of at most `max` characters, which may be empty. */
export function textUpTo(max: number): Field<string, string> {
  return textLike(new RegExp(`^[^]{0,${max}}$`), `a text of at most ${max} characters`)
}

/** Any JSON object, which is checked where it is used. */
export function jsonObject<T extends object = object>(): Field<T, T> {
  return field<T, T>(undefined, { type: 'json' }, (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw expected(path, 'an object', value)
    return value as T
  })
}

/** An object with options of its own. */
export function object<F extends Fields>(fields: F): Field<Values<F>, Values<F>> {
  return field<Values<F>, Values<F>>(undefined, { type: 'json' }, (value, path) =>
    parseOptions(path, fields, value),
  )
}

/** Any value that `parse` accepts: for nested specs. */
export function custom<In, Out extends In>(
  fallback: Out | undefined,
  parse: (value: unknown, path: string) => Out,
  form: Form = { type: 'json' },
): Field<In, Out> {
  return field(fallback, form, parse)
}
