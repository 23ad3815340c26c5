import type { Form, FormFields } from '../base/form.ts'

/** One option of a spec as people read it. */
export interface OptionText {
  readonly name: string
  readonly text: string
  readonly isDefault: boolean
}

/** Longer lists of numbers, such as the means of every pixel, are cut. */
const MOST_NUMBERS = 6

/**
 * The options of a spec in the order of their declaration. An option that `fields` does not declare (a spec of
 * another version) comes last and counts as no default.
 *
 * @example
 * optionTexts({ kind: 'dropout', rate: 0.3 }, { rate: { form: { type: 'number' }, required: true, fallback: undefined } })
 * // [{ name: 'rate', text: '0.3', isDefault: false }]
 */
export function optionTexts(spec: object, fields: FormFields): readonly OptionText[] {
  const values = spec as Readonly<Record<string, unknown>>
  const names = Object.keys(values).filter(name => name !== 'kind')
  const declared = Object.keys(fields).filter(name => Object.hasOwn(values, name))
  return [...declared, ...names.filter(name => !Object.hasOwn(fields, name))].map(name => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const value = values[name]
    return {
      name,
      text: valueText(value, field?.form),
      isDefault: field !== undefined && !field.required && same(value, field.fallback),
    }
  })
}

/**
 * The options that say what a spec is: those that are not defaults, and always the first one where it is a size or
 * a number (a pool size, a learning rate, the strength of L2). Empty text where nothing is left.
 *
 * @example
 * optionsText({ kind: 'l2', l2: 0.01 }, { l2: { form: { type: 'number' }, required: false, fallback: 0.01 } }) // 'l2 0.01'
 */
export function optionsText(spec: object, fields: FormFields): string {
  return shownOptions(spec, fields).join(', ')
}

/** The same, a text for each option: `kernelSize 3 × 3`. */
export function shownOptions(spec: object, fields: FormFields): readonly string[] {
  const [first] = Object.entries(fields)
  const isSize = first && ['integer', 'number', 'pair', 'kinds'].includes(first[1].form.type)
  return optionTexts(spec, fields)
    .filter(({ name, isDefault }) => !isDefault || (isSize && name === first[0]))
    .map(({ name, text }) => `${name} ${text}`)
}

/**
 * A value as text. `form` says which options a nested spec has, so that its defaults are left out as well.
 *
 * @example
 * valueText([3, 3], { type: 'pair' }) // '3 × 3'
 */
export function valueText(value: unknown, form?: Form): string {
  if (form?.type === 'optional') return value === null ? 'none' : valueText(value, form.of)
  if (Array.isArray(value)) return listText(value, form)
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return value === null ? 'none' : String(value)
  const { kind } = value as { readonly kind?: unknown }
  const fields = (form?.type === 'kinds' && typeof kind === 'string' && form.kinds[kind]) || {}
  const options = optionsText(value, fields)
  if (typeof kind !== 'string') return options || 'none'
  return options ? `${kind} (${options})` : kind
}

function listText(values: readonly unknown[], form: Form | undefined): string {
  if (values.length === 0) return 'none'
  if (form?.type === 'pair') return values.join(' × ')
  if (values.every(value => typeof value === 'number')) {
    const shown = values.slice(0, MOST_NUMBERS).join(', ')
    return values.length > MOST_NUMBERS ? `${shown}, … (${values.length} numbers)` : shown
  }
  const of = form?.type === 'list' ? form.of : undefined
  return values.map(value => valueText(value, of)).join('; ')
}

/** Specs are JSON: equal texts are equal values. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
