import type { Form } from '../base/form.ts'
import { boolean, custom, type Field } from '../base/schema.ts'

/** An option of a command, declared once. Parsing, its type, help, documentation and shell completion follow from this value. */
export interface Option<T> {
  /** Checks a value; the text that was typed is first read as its form says. */
  readonly field: Field<unknown, T>
  /** What it does, without a full stop. */
  readonly help: string
  /** What stands for the value in help, such as `n`; absent: a switch, which takes no value. */
  readonly value?: string
  /** Another name of one letter. */
  readonly short?: string
  /** The environment variable that is read where the option is not typed. */
  readonly variable?: string
  /** What holds where neither is given. A switch with the fallback `true` is written `--no-…`. */
  readonly fallback?: T
  /** The same in words, where there is no fallback or its value explains little. */
  readonly otherwise?: string
  /** What `--option` means without a value. Absent: the value cannot be left out. */
  readonly bare?: T
  /** Read, but not shown. */
  readonly isHidden?: true
}

export type Options = Readonly<Record<string, Option<unknown>>>

/** The values of options, by their names. */
export type ValuesOf<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never
}

/** Where a value comes from; absent: from the fallback. */
export type Origins = Readonly<Record<string, 'flag' | 'environment'>>

type About<T> = Partial<Omit<Option<T>, 'field' | 'help'>> & { readonly help: string }

/**
 * An option with a value: `undefined` where it is not given and has no fallback. What stands for the value in help is `n` for a
 * number, `list` for several values, else `name`.
 */
export function option<T>(
  field: Field<unknown, T>,
  about: About<NoInfer<T>> & { readonly fallback: NoInfer<T> },
): Option<T>
export function option<T>(field: Field<unknown, T>, about: string | About<NoInfer<T>>): Option<T | undefined>
export function option<T>(field: Field<unknown, T>, about: string | About<T>): Option<T | undefined> {
  const { type } = field.form
  const value = type === 'integer' || type === 'number' ? 'n' : type === 'list' ? 'list' : 'name'
  return { field, value, ...(typeof about === 'string' ? { help: about } : about) }
}

/** A switch that is off until it is given: `--json`. */
export function on(help: string): Option<boolean> {
  return { field: boolean(false), help, fallback: false }
}

/** A switch that turns something off: `record: off(…)` is written `--no-record`. */
export function off(help: string): Option<boolean> {
  return { field: boolean(true), help, fallback: true }
}

/** Several values: `a,b`, or the option several times. */
export function listOf<T>(item: Field<unknown, T>): Field<readonly T[], readonly T[]> {
  return custom<readonly T[], readonly T[]>(
    undefined,
    (values, path) => (values as readonly unknown[]).map(value => item.parse(value, path)),
    { type: 'list', of: item.form },
  )
}

/** The name as it is typed: `--per-class` for `perClass`, `--no-record` for a switch that turns `record` off. */
export function nameOf(key: string, { value, fallback }: Option<unknown>): string {
  const words = key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return value === undefined && fallback === true ? `--no-${words}` : `--${words}`
}

/** The name with its value, as help shows it: `-m, --model <names>`. */
export function usageOf(key: string, option: Option<unknown>): string {
  const { short, value, bare } = option
  const placeholder = value === undefined ? '' : bare === undefined ? ` <${value}>` : ` [${value}]`
  return `${short ? `-${short}, ` : ''}${nameOf(key, option)}${placeholder}`
}

/** More choices than this are left to completion, and to the message that refuses another one. */
const MANY = 10

/** What it does, the values that it takes, its variable and what holds without it. */
export function helpOf(option: Option<unknown>): string {
  const { help, value, variable, fallback, otherwise } = option
  const choices = choicesOf(option)
  const list = `: ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
  const usual = otherwise ?? (value === undefined || fallback === undefined ? undefined : String(fallback))
  const notes = [...(variable ? [variable] : []), ...(usual === undefined ? [] : [`default: ${usual}`])]
  return `${help}${choices.length > 1 && choices.length <= MANY ? list : ''}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

/** The values that an option takes, where they can be listed. */
export function choicesOf({ field: { form } }: Option<unknown>): readonly string[] {
  const item = form.type === 'list' ? form.of : form
  return item.type === 'choice' ? item.choices : []
}

/**
 * What was typed wins over the environment, which wins over the fallback. Throws a `UsageError` that names the option or the variable.
 *
 * @example
 * const options = { epochs: option(integer(), { value: 'n', help: 'passes over the data', variable: 'HEDDLE_EPOCHS' }) }
 * readOptions(options, {}, { HEDDLE_EPOCHS: '2' }).values.epochs // 2
 */
export function readOptions<O extends Options>(
  options: O,
  typed: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): { readonly values: ValuesOf<O>; readonly origins: Origins } {
  const origins: Record<string, 'flag' | 'environment'> = {}
  const read = (key: string, option: Option<unknown>): unknown => {
    const { field, variable, fallback, bare, value } = option
    const given = typed[key]
    // An empty variable is one that is not set.
    const text = variable && env[variable] ? env[variable] : undefined
    if (given === undefined && text === undefined)
      return fallback === undefined ? undefined : field.parse(fallback, nameOf(key, option))
    origins[key] = given === undefined ? 'environment' : 'flag'
    if (given === undefined) return field.parse(valueIn(text!, field.form), variable!)
    if (typeof given === 'boolean') return value === undefined ? given : bare
    return field.parse(valueIn([given].flat().join(','), field.form), nameOf(key, option))
  }
  const values = Object.fromEntries(Object.entries(options).map(([key, each]) => [key, read(key, each)]))
  return { values: values as ValuesOf<O>, origins }
}

/** A typed text as the value that it stands for; one that stands for none stays a text, which the field refuses. */
function valueIn(text: string, form: Form): unknown {
  if (form.type === 'list') return text.split(',').map(item => valueIn(item.trim(), form.of))
  // Digits alone: `Number` would read ' ', '1e3' and '0x10' too.
  const pattern = form.type === 'integer' ? /^\d+$/ : form.type === 'number' ? /^-?(\d+\.?\d*|\.\d+)$/ : null
  return pattern?.test(text) ? Number(text) : text
}
