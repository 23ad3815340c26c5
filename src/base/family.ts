import { UsageError } from './errors.ts'
import type { Form } from './form.ts'
import { hintFor } from './keras-names.ts'
import { custom, type Field, type Fields, formOf, PLAIN_VALUES, parseSpec, show } from './schema.ts'

/** What every member of a family declares: the options of its specs. Families add facts of their own. */
export interface Definition<S> {
  readonly fields: Fields
  /** Throws a `UsageError` if options that are each valid do not fit together. */
  check?(spec: S): void
}

type Definitions = Readonly<Record<string, Definition<never>>>
type SpecOfDefinition<D> = D extends Definition<infer S> ? S : never
type SpecIn<D> = SpecOfDefinition<D[keyof D]>

/** The union of the specs of a family. */
export type SpecOf<F> = F extends Family<infer D> ? SpecIn<D> : never

/** A closed set of specs, told apart by their `kind`. */
export interface Family<D> {
  /** By kind, in the order in which they are offered. */
  readonly definitions: D
  readonly form: Form & { readonly type: 'kinds' }
  /** The definition of a spec's kind. */
  of(spec: SpecIn<D>): D[keyof D]
  /**
   * Checks a value that may come from anywhere and returns its frozen spec; never runs code from it.
   * Throws a `UsageError` for an unknown kind or option.
   */
  parse(value: unknown, path: string): SpecIn<D>
  /** An option that takes a spec, or the name of a kind with all its defaults. */
  readonly field: Field<(keyof D & string) | SpecIn<D>, SpecIn<D>>
  /** An option that takes a list of up to `most` specs. */
  list(most?: number): Field<readonly SpecIn<D>[], readonly SpecIn<D>[]>
}

/**
 * A family of specs, from the definition of each kind. `noun` names a member in error messages.
 *
 * @example
 * const shapes = family('shape', { circle: { fields: { radius: number(1) } } })
 * shapes.parse({ kind: 'circle' }, 'drawing') // { kind: 'circle', radius: 1 }
 */
export function family<D extends Definitions>(noun: string, definitions: D): Family<D> {
  const kinds = Object.keys(definitions)
  const forms = Object.entries(definitions).map(([kind, { fields }]) => [kind, formOf(fields)])
  const form = { type: 'kinds', kinds: Object.fromEntries(forms) } as const
  const plural = `${noun[0]!.toUpperCase()}${noun.slice(1)}${noun.endsWith('s') ? 'es' : 's'}`

  const parseAs = (kind: unknown, value: unknown, path: string): SpecIn<D> => {
    if (typeof kind !== 'string' || !Object.hasOwn(definitions, kind)) {
      const what = `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
      const list = `${plural} are ${kinds.join(', ')}.`
      if (typeof value === 'function') {
        // Keras has names for members that are made of a function, such as `LambdaCallback`.
        const why = hintFor(`lambda-${noun}`, []) || ` ${PLAIN_VALUES}`
        throw new UsageError(`${path}: a function is not ${what}.${why} ${list}`)
      }
      const hint = typeof kind === 'string' ? hintFor(kind, kinds) : ''
      throw new UsageError(`${path}: ${show(value)} is not ${what}.${hint} ${list}`)
    }
    const { fields, check } = definitions[kind]!
    const spec = parseSpec(kind, fields, typeof value === 'string' ? {} : value)
    // The definition under a spec's own kind takes exactly that spec, which TypeScript cannot follow through the index.
    check?.(spec as never)
    return spec as SpecIn<D>
  }
  const parse = (value: unknown, path: string): SpecIn<D> =>
    parseAs((value as { kind?: unknown } | null | undefined)?.kind, value, path)

  return Object.freeze({
    definitions,
    form,
    of: (spec: SpecIn<D>) => definitions[(spec as { kind: keyof D }).kind],
    parse,
    field: custom<(keyof D & string) | SpecIn<D>, SpecIn<D>>(
      undefined,
      (value, path) => (typeof value === 'string' ? parseAs(value, value, path) : parse(value, path)),
      { ...form, named: true },
    ),
    list: (most?: number) =>
      custom<readonly SpecIn<D>[], readonly SpecIn<D>[]>(
        Object.freeze([]),
        (value, path) => {
          if (!Array.isArray(value)) throw new UsageError(`${path} must be a list, not ${show(value)}.`)
          if (most !== undefined && value.length > most) {
            throw new UsageError(`${path} holds ${value.length} entries, at most ${most} are possible.`)
          }
          return Object.freeze(value.map((item, i) => parse(item, `${path}[${i}]`)))
        },
        { type: 'list', of: form, most },
      ),
  })
}
