import type { Promotion, TrialProgress } from './scheduler.ts'

/** Rungs are at `minEpochs` · `reductionFactor`^k epochs. */
export interface Rungs {
  readonly reductionFactor: number
  readonly minEpochs: number
}

/**
 * The epochs of a rung. A trial's last rung is its last epoch: it takes the place of a rung that is so near to it that the rest is not worth
 * a stop of its own.
 *
 * @example
 * epochsAt({ reductionFactor: 3, minEpochs: 1 }, 2, 10) // 10, as 9 is too near to it
 */
export function epochsAt({ reductionFactor, minEpochs }: Rungs, rung: number, maxEpochs: number): number {
  const epochs = minEpochs * reductionFactor ** rung
  return epochs * Math.sqrt(reductionFactor) > maxEpochs ? maxEpochs : epochs
}

/**
 * The trial that goes on from its rung, the highest rung first: it is at rest, and among the best 1 / `reductionFactor` of those that
 * reached the rung. Rungs from `top` on promote no trial.
 */
export function promotionOf(rungs: Rungs, reached: Reached, top: number): Promotion | null {
  for (let rung = Math.min(top, reached.length) - 1; rung >= 0; rung--) {
    const ranked = reached[rung]!
    for (let place = 0; place < Math.floor(ranked.length / rungs.reductionFactor); place++) {
      const { trial, reports, target, isDone, maxEpochs } = ranked[place]!
      if (reports.length === rung + 1 && target === null && !isDone)
        return { trial, epochs: epochsAt(rungs, rung + 1, maxEpochs) }
    }
  }
  return null
}

/** By rung, the trials that have a report of it, the best first; of equal ones, the earlier. */
export type Reached = readonly (readonly TrialProgress[])[]

/** A trial's first report is of rung 0, its second of rung 1. */
export function reachedRungs(trials: readonly TrialProgress[]): Reached {
  const rungs = trials.reduce((most, { reports }) => Math.max(most, reports.length), 0)
  const reached = Array.from({ length: rungs }, (_, rung) =>
    trials.filter(({ reports }) => reports.length > rung),
  )
  const lossAt = ({ reports }: TrialProgress, rung: number): number => reports[rung]!.loss
  return reached.map((all, rung) =>
    all.sort((a, b) => lossAt(a, rung) - lossAt(b, rung) || a.trial - b.trial),
  )
}
