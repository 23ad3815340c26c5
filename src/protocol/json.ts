/** Fields with numbers that may be not finite: of steps and evaluations, and of what a network makes of an image. */
const COMPUTED = [
  ...[
    'loss',
    'accuracy',
    'trainAccuracy',
    'runningAccuracy',
    'logLoss',
    'brierScore',
    'f1Score',
    'score',
    'errorOfLoss',
  ],
  ...['outputs', 'values', 'sum', 'difference', 'min', 'max', 'mean', 'std', 'similarity'],
]
const notFinite = ['NaN', 'Infinity', '-Infinity']

/** JSON has no word for them: numbers that are not finite become the texts "NaN", "Infinity" and "-Infinity", never `null`. */
export function toJson(value: unknown, space?: number): string {
  return JSON.stringify(
    value,
    (_, one) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one),
    space,
  )
}

/** Reads what `toJson` wrote; numbers that are not finite come back in the fields of `COMPUTED` and in every field `metrics`. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, measuredOf)
}

/** The value of a field of that name: a number that was written as a text is a number again. */
export function measuredOf(name: string, value: unknown): unknown {
  if (name === 'metrics') return isObject(value) ? numbersIn(value) : value
  if (!COMPUTED.includes(name)) return value
  return Array.isArray(value) ? value.map(numberOf) : numberOf(value)
}

/** A record of measurements, with numbers where `toJson` wrote texts. */
export function numbersIn(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numberOf(value)]))
}

const numberOf = (value: unknown): unknown => (isNotFinite(value) ? Number(value) : value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether `value` is the text of a number that is not finite. */
export function isNotFinite(value: unknown): boolean {
  return notFinite.includes(value as string)
}
