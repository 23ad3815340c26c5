import { count, decimal, percent, signedPoints } from '../base/text.ts'
import { valueText } from './options.ts'
import type { ObjectiveFacts, ParameterValue, StudyView } from './study.ts'

interface Unit {
  show(value: number): string
  /** A difference of two values, with its sign; its unit is left to the sentence. */
  showDifference(difference: number): string
  /** What a difference is in. */
  readonly noun: string
}

const signed =
  (show: (value: number) => string) =>
  (value: number): string =>
    `${value < 0 ? '-' : '+'}${show(Math.abs(value))}`

const milliseconds = (value: number): string => value.toFixed(3)

const units: Readonly<Record<ObjectiveFacts['unit'], Unit>> = {
  fraction: { show: value => percent(value), showDifference: signedPoints, noun: 'points of ' },
  count: { show: count, showDifference: signed(count), noun: '' },
  ms: { show: value => `${milliseconds(value)} ms`, showDifference: signed(milliseconds), noun: 'ms of ' },
  number: { show: value => decimal(value), showDifference: signed(decimal), noun: '' },
}

/**
 * A value of an objective as people read it.
 *
 * @example
 * objectiveText({ unit: 'fraction' }, 0.9123) // '91.23 %'
 */
export function objectiveText({ unit }: Pick<ObjectiveFacts, 'unit'>, value: number): string {
  return units[unit].show(value)
}

/** A difference without its unit: `+1.20`. */
export function differenceText({ unit }: Pick<ObjectiveFacts, 'unit'>, difference: number): string {
  return units[unit].showDifference(difference)
}

/** What a difference is in, in a sentence: `points of val accuracy`. */
export function differenceUnit({ unit, label }: ObjectiveFacts): string {
  return `${units[unit].noun}${nameInText(label)}`
}

/** Whether the sealed test is what comes next. */
export function isReadyForTest({ state, verdict, final }: StudyView): boolean {
  return state === 'done' && verdict !== null && final === null
}

/** A label in the middle of a sentence: `val accuracy`. */
export function nameInText(label: string): string {
  return label[0]!.toLowerCase() + label.slice(1)
}

/**
 * A value of a parameter in tables and on axes: numbers in up to four digits, specs with their options.
 *
 * @example
 * parameterText(0.00123456) // '0.001235'
 */
export function parameterText(value: ParameterValue): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : valueText(value)
}
