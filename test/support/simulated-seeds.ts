import { normalNumber, RandomStream } from '../../src/base/random.ts'

/** Candidates that are trained with the same seeds; the last one is the starting point. */
export interface SeedSimulation {
  readonly seeds: number
  /** Of each candidate: the true mean, and the standard deviation from seed to seed. */
  readonly means: readonly number[]
  readonly spreads: readonly number[]
  /** The share of the variance that is the seed's own: the same for all candidates. */
  readonly common: number
}

/** What one repetition measures: a list for each candidate, with a value for each seed. */
export function simulatedSeeds(
  { seeds, means, spreads, common }: SeedSimulation,
  repetition: number,
): number[][] {
  const { key } = new RandomStream(7)
  const normal = (candidate: number, seed: number): number =>
    normalNumber(key, candidate * seeds + seed, repetition)
  return means.map((centre, c) =>
    Array.from({ length: seeds }, (_, s) => {
      const deviate = Math.sqrt(common) * normal(means.length, s) + Math.sqrt(1 - common) * normal(c, s)
      return centre + spreads[c]! * deviate
    }),
  )
}
