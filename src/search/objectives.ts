import { didYouMean, UsageError } from '../base/errors.ts'
import { custom, show } from '../base/schema.ts'
import { epochMeasures, testMeasures } from '../nn/metrics/index.ts'
import { type Measure, titleOf } from '../protocol/metric.ts'
import type { ObjectiveFacts } from '../protocol/study.ts'

const units = { share: 'fraction', number: 'number' } as const

const factsOfMeasure = ({ name, label, better, unit }: Measure): ObjectiveFacts => ({
  name,
  label: titleOf({ label }),
  better: better === 'more' ? 'higher' : 'lower',
  unit: units[unit],
})

/** Everything that a search can choose by: what an epoch measures, and what a network costs. */
export const objectives: readonly ObjectiveFacts[] = [
  ...epochMeasures.map(factsOfMeasure),
  { name: 'params', label: 'Parameters', better: 'lower', unit: 'count' },
  { name: 'latencyMs', label: 'Latency', better: 'lower', unit: 'ms' },
]

/** Upper limit: with more objectives hardly any trial is worse than another one in all of them. */
const MOST = 4

/** The option `objective`: one name, or several of which the first decides where one is needed. */
export const objectiveField = custom<string | readonly string[], readonly string[]>(
  Object.freeze(['valAccuracy']),
  (value, path) => {
    const names: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (names.length === 0 || names.length > MOST)
      throw new UsageError(`${path} must name 1 to ${MOST} objectives, not ${names.length}.`)
    for (const name of names) checkObjective(name, path)
    const again = names.find((name, i) => names.indexOf(name) < i)
    if (again !== undefined) throw new UsageError(`${path} names ${show(again)} twice. Remove one of them.`)
    return Object.freeze(names as string[])
  },
)

function checkObjective(name: unknown, path: string): void {
  const known = objectives.map(objective => objective.name)
  if (known.includes(name as string)) return
  if (testMeasures.some(measure => measure.name === name)) {
    throw new UsageError(
      `${path}: a search does not choose by ${show(name)}: the test images stay unseen until its end (--final). Use valAccuracy or valLoss.`,
    )
  }
  const hint = typeof name === 'string' ? didYouMean(name, known) : ''
  throw new UsageError(`${path}: ${show(name)} is not an objective.${hint} Objectives: ${known.join(', ')}.`)
}

/** What is known of an objective by its name. */
export function objectiveFacts(name: string): ObjectiveFacts {
  return objectives.find(objective => objective.name === name)!
}
