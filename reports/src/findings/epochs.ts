import type { History } from 'heddle'
import type { Comparison } from '../comparison.ts'

/** What a model measured after each epoch, the mean over its seeds. */
export interface Epochs {
  readonly id: string
  readonly seeds: number
  readonly loss: readonly number[]
  readonly accuracy: readonly number[]
  readonly valLoss: readonly number[]
  readonly valAccuracy: readonly number[]
}

/** The epochs of one model; `null` where it was not run, or measured no validation. */
export function epochsOf(comparisons: readonly Comparison[], id: string): Epochs | null {
  const runs = comparisons.find(({ item }) => item.id === id)?.runs ?? []
  const mean = (name: keyof History): number[] => {
    const all = runs.map(({ run }) => run.history[name] ?? [])
    return (all[0] ?? []).map((_, epoch) => all.reduce((sum, values) => sum + values[epoch]!, 0) / all.length)
  }
  if (!runs[0]?.run.history.valLoss) return null
  return {
    id,
    seeds: runs.length,
    loss: mean('loss'),
    accuracy: mean('accuracy'),
    valLoss: mean('valLoss'),
    valAccuracy: mean('valAccuracy'),
  }
}

/** The epoch, from 1, with the least value. */
export function epochOfLeast(values: readonly number[]): number {
  return values.indexOf(Math.min(...values)) + 1
}
