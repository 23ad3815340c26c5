import type { ObjectiveFacts, StudyView, TrialRow } from '../../../src/protocol/study.ts'
import { objectiveText, parameterText } from '../../../src/protocol/study-text.ts'
import { short } from '../parts/format.ts'
import { type Axis, numberText } from '../points/axes.ts'

/** An axis for each parameter of a search. */
export function parameterAxes({ parameters }: StudyView): Axis<TrialRow>[] {
  return parameters.map(({ name, scale, low, high, choices }) => {
    const text = (at: number): string => choices?.[at] ?? numberText(at)
    return {
      id: name,
      title: name,
      scale,
      low,
      high,
      choices,
      better: null,
      at: ({ parameters: values }) => {
        const value = values[name]
        if (value === undefined) return null
        if (!choices) return typeof value === 'number' ? value : null
        // If two values have the same text, a choice names them by their JSON.
        const place = Math.max(choices.indexOf(parameterText(value)), choices.indexOf(JSON.stringify(value)))
        return place < 0 ? null : place
      },
      text,
      tick: text,
    }
  })
}

/** An axis for each objective of a search. */
export function objectiveAxes({ objectives }: StudyView): Axis<TrialRow>[] {
  return objectives.map((objective, i) => ({
    id: objective.name,
    title: objective.label,
    scale: 'linear',
    low: null,
    high: null,
    choices: null,
    better: objective.better,
    at: ({ values }) => {
      // A training that diverges measures what is not finite.
      const value = values?.[i]
      return value !== undefined && Number.isFinite(value) ? value : null
    },
    text: value => objectiveText(objective, value),
    tick: value => objectiveTick(objective, value),
  }))
}

function objectiveTick({ unit }: ObjectiveFacts, value: number): string {
  if (unit === 'fraction') return `${+(100 * value).toFixed(2)} %`
  return unit === 'count' ? short(value) : numberText(value)
}
