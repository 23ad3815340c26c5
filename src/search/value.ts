import { UsageError } from '../base/errors.ts'
import { show } from '../base/schema.ts'
import { valueText as optionText } from '../protocol/options.ts'
import type { ParameterValue } from '../protocol/study.ts'

const MAX_DEPTH = 32
/** A model of a hundred layers has some thousand. */
const MAX_ENTRIES = 100_000

/** A frozen copy of a value that may come from anywhere. Throws a `UsageError` for what JSON does not hold. */
export function jsonValue(value: unknown, path: string): ParameterValue {
  let entries = 0
  const copy = (one: unknown, depth: number): ParameterValue => {
    if (++entries > MAX_ENTRIES || depth > MAX_DEPTH) {
      throw new UsageError(
        `${path} is too large: it has more than ${MAX_ENTRIES} entries or ${MAX_DEPTH} levels.`,
      )
    }
    if (one === null || typeof one === 'string' || typeof one === 'boolean' || Number.isFinite(one))
      return one as ParameterValue
    if (Array.isArray(one)) return Object.freeze(one.map(item => copy(item, depth + 1)))
    if (typeof one !== 'object') {
      const what = typeof one === 'function' ? 'a function' : show(one)
      throw new UsageError(
        `${path} must be JSON, which can be saved and sent to another process: numbers, texts, true, false, null, lists and objects; not ${what}.`,
      )
    }
    const copies = Object.entries(one as object).map(([key, item]) => [key, copy(item, depth + 1)])
    return Object.freeze(Object.fromEntries(copies))
  }
  return copy(value, 0)
}

/** Values with the same key are the same value, in whatever order their options come. */
export function valueKey(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  if (Array.isArray(value)) return `[${value.map(valueKey).join()}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${valueKey(item)}`).join()}}`
}

/** Values of a choice as texts, each of which is that of one value only: where short texts are the same, they are JSON. */
export function textsOf(values: readonly ParameterValue[]): readonly string[] {
  const texts = values.map(value => (typeof value === 'number' ? String(value) : optionText(value)))
  return new Set(texts).size === texts.length ? texts : values.map(valueKey)
}
