/** Names of what may be measured, and may then be no finite number: `valLoss`, `testTopKAccuracy`, `score`. */
const MEASURED = /(loss|accuracy|score)$/i
/** What a network makes of an image, and how numbers of it are spread: fields of `explanations.ts` and of answers. */
const COMPUTED = ['outputs', 'values', 'sum', 'difference', 'min', 'max', 'mean', 'std', 'similarity']
const notFinite = ['NaN', 'Infinity', '-Infinity']

/** JSON has no word for them: numbers that are not finite become the texts "NaN", "Infinity" and "-Infinity", never `null`. */
export function toJson(value: unknown, space?: number): string {
  return JSON.stringify(
    value,
    (_, one) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one),
    space,
  )
}

/** Reads what `toJson` wrote; numbers that are not finite come back where the name is that of a measurement. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, measuredOf)
}

/** The value of a field of that name: a measurement that was written as a text is a number again. */
export function measuredOf(name: string, value: unknown): unknown {
  if (!MEASURED.test(name) && !COMPUTED.includes(name)) return value
  const number = (one: unknown): unknown => (isNotFinite(one) ? Number(one) : one)
  return Array.isArray(value) ? value.map(number) : number(value)
}

/** Whether `value` is the text of a number that is not finite. */
export function isNotFinite(value: unknown): boolean {
  return notFinite.includes(value as string)
}
