import type { Statistic } from '../base/maths.ts'

// What `heddle compare` says of several models: plain values, as they are written to JSON.

/** 5 % of comparisons of equals may end in a verdict. */
export const LEVEL = 0.05

/** A p-value with three decimals, or as many more as keep it on its side of `LEVEL`: 0.0496 beside "better" is not "0.050". */
export function pText(p: number): string {
  if (p < 0.001) return '< 0.001'
  for (let digits = 3; digits < 17; digits++) {
    const text = p.toFixed(digits)
    if (Number(text) < LEVEL === p < LEVEL) return text
  }
  return String(p)
}

/** How two networks differ on the same examples: those that only one of them got right. */
export interface Discordance {
  readonly onlyFirst: number
  readonly onlySecond: number
}

/** Two models on the same test set: the second less the first. */
export interface ModelComparison {
  readonly first: string
  readonly second: string
  readonly images: number
  /** Runs of the first and of the second model. */
  readonly seeds: readonly [number, number]
  readonly difference: number
  /** 95 %, of this pair alone: it leaves zero out exactly where `pValue` is below 0.05. */
  readonly interval: readonly [number, number]
  /** The part of the difference's variance that comes from the choice of test images; more seeds do not lower it. */
  readonly imageVariance: number
  /** The part of the difference's variance that comes from the seeds; `null` if both models have a single seed. */
  readonly seedVariance: number | null
  /** Two-sided, of no difference, before any correction. */
  readonly pValue: number
  /** After Holm's correction for all pairs of the comparison. */
  readonly correctedP: number
  /** For two runs: the images that only one of them got right; `null`: there are more runs. */
  readonly discordance: Discordance | null
  /** The smallest true difference that such runs find four times out of five, corrected for all pairs of the comparison. */
  readonly detectable: number
  /** Seeds of each model to find such a difference; `null`: it is found, or no number is large enough, or the seeds' spread is unknown. */
  readonly seedsNeeded: SeedsNeeded | null
  readonly verdict: 'better' | 'worse' | 'no evidence'
  /** The verdict in a sentence. */
  readonly sentence: string
}

/** How many seeds of each model a difference needs: always more than there are. */
export interface SeedsNeeded {
  readonly least: number
  /** `null`: it cannot be known yet. */
  readonly most: number | null
}

export interface ClassEffect {
  readonly name: string
  /** The second model's recall less the first's. */
  readonly difference: number
  readonly interval: readonly [number, number]
  readonly examples: number
  /** After Holm's correction for the number of classes. */
  readonly correctedP: number
}

/** What a model costs, beside its accuracy. */
export interface ModelCost {
  readonly params: number
  /** For one image. */
  readonly multiplyAdds: number
  /** The training time, as a mean over the runs; `null`: a run was resumed on another day, or has none. */
  readonly trainSeconds: number | null
  /** For one image on this machine, the median. */
  readonly latencyMs: number
}

export interface ComparedModel {
  readonly name: string
  readonly runs: readonly { readonly id: string; readonly seed: number; readonly accuracy: number }[]
  readonly accuracy: Statistic
  readonly cost: ModelCost
}

/** How often the test images have been looked at in a store, and by what. */
export interface TestLooks {
  /** Runs that were tested at their end. */
  readonly tests: number
  /** Epochs that were validated on the test images. */
  readonly epochs: number
  /** Calls of evaluate, compare (this one too) and report. */
  readonly calls: number
  readonly total: number
}

/** What `heddle compare --json` prints. */
export interface Comparison {
  readonly dataset: string
  readonly fingerprint: string
  readonly images: number
  /** One sentence for all of it. */
  readonly verdict: string
  readonly models: readonly ComparedModel[]
  readonly pairs: readonly ModelComparison[]
  /** Compares the first model with each of the others. */
  readonly classEffects: readonly {
    readonly first: string
    readonly second: string
    readonly classes: readonly ClassEffect[]
  }[]
  /** By cost, the models that no other beats in both accuracy and it, from cheap to dear. */
  readonly pareto: Readonly<Record<keyof ModelCost, readonly string[]>>
  readonly looks: TestLooks
  readonly warnings: readonly string[]
}
