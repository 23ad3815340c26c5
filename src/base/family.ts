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

/** Makes specs of one kind that a program has defined for itself. */
export interface OwnFactory<Options, S> {
  (options?: Options): S
  readonly kind: string
}

/** What the kind of such a spec begins with. */
const OWN = 'own:'

/** Whether a spec has its code in this program alone, so that no file can hold it. */
export function isOwn({ kind }: { readonly kind: string }): boolean {
  return kind.startsWith(OWN)
}

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
   * A member that only this program has: returns the factory of its specs, whose kind is `own:name`. The code belongs to the specs
   * that the factory made: JSON of them is refused by `parse`. Throws a `UsageError` for a bad name.
   */
  define(name: string, definition: Definition<never>): OwnFactory<unknown, SpecIn<D>>
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

  const own = new WeakMap<object, Definition<never>>()

  const parseAs = (kind: unknown, value: unknown, path: string): SpecIn<D> => {
    if (typeof value === 'object' && value !== null && own.has(value)) return value as SpecIn<D>
    if (typeof kind === 'string' && isOwn({ kind })) {
      throw new UsageError(
        `${path}: ${show(kind)} is a ${noun} that a program defined for itself, and files hold no code. ` +
          'Read the file in that program, and give it the definition: loadModel(path, { layers: […] }).',
      )
    }
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
    of: (spec: SpecIn<D>) =>
      (own.get(spec as object) as D[keyof D] | undefined) ?? definitions[(spec as { kind: keyof D }).kind],
    define(name: string, definition: Definition<never>) {
      if (typeof name !== 'string' || !/^[A-Za-z]\w{0,49}$/.test(name)) {
        throw new UsageError(
          `The name of ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun} must start with a letter and hold letters, digits and "_", at most 50; not ${show(name)}.`,
        )
      }
      const kind = `${OWN}${name}`
      const make = (options: unknown = {}): SpecIn<D> => {
        const spec = parseSpec(kind, definition.fields, options)
        definition.check?.(spec as never)
        own.set(spec, definition)
        return spec as SpecIn<D>
      }
      return Object.freeze(Object.assign(make, { kind }))
    },
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
