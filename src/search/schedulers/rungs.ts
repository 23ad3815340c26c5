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
 * reached the rung. A trial's first report is of rung 0, its second of rung 1.
 */
export function promotionOf(rungs: Rungs, trials: readonly TrialProgress[]): Promotion | null {
  const most = trials.reduce((rungs, { reports }) => Math.max(rungs, reports.length), 0)
  for (let rung = most - 1; rung >= 0; rung--) {
    const reached = trials.filter(({ reports }) => reports.length > rung)
    const best = bestAtRest(reached, rung)
    if (!best) continue
    // If the best that may go on is not among the best of all, no other is.
    const better = reached.filter(trial => isBetter(trial, best, rung)).length
    if (better < Math.floor(reached.length / rungs.reductionFactor))
      return { trial: best.trial, epochs: epochsAt(rungs, rung + 1, best.maxEpochs) }
  }
  return null
}

function bestAtRest(reached: readonly TrialProgress[], rung: number): TrialProgress | null {
  let best: TrialProgress | null = null
  for (const trial of reached) {
    const mayGoOn = trial.reports.length === rung + 1 && trial.target === null && !trial.isDone
    if (mayGoOn && (best === null || isBetter(trial, best, rung))) best = trial
  }
  return best
}

/** The earlier one of two equal ones is better. */
function isBetter(one: TrialProgress, other: TrialProgress, rung: number): boolean {
  const [loss, than] = [one.reports[rung]!.loss, other.reports[rung]!.loss]
  return loss < than || (loss === than && one.trial < other.trial)
}
