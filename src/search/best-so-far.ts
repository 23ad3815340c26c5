import { hypervolume, nondominated } from '../insight/compare/pareto.ts'
import type { BestSoFar, ObjectiveFacts } from '../protocol/study.ts'
import type { Reported } from './study-state.ts'

/**
 * What was the best after each report, where it changed. A trial counts with its last report: it may become worse by further training. With several
 * objectives it is the share of the box between the best and the worst of all reports that the Pareto front dominates.
 */
export function bestSoFar(reported: readonly Reported[], objectives: readonly ObjectiveFacts[]): BestSoFar[] {
  const isSingle = objectives.length === 1
  const worthOf = isSingle ? single(objectives[0]!) : volume(reported)
  const latest = new Map<number, Reported>()
  let front: readonly Reported[] = []
  const curve: BestSoFar[] = []
  for (const report of reported) {
    const { trial, epochs, seconds } = report
    latest.set(trial, report)
    const others = front.filter(one => one.trial !== trial)
    // A trial of the front that has become worse may uncover any other trial.
    const candidates = others.length < front.length ? [...latest.values()] : [...front, report]
    const changed = isSingle
      ? [candidates.reduce((best, one) => (one.losses[0]! < best.losses[0]! ? one : best))]
      : nondominated(candidates, one => one.losses)
    if (!changed.includes(report) && others.length === front.length) continue
    front = changed
    const value = worthOf(front.map(one => one.losses))
    if (value !== curve.at(-1)?.value) curve.push({ trial, epochs, seconds, value })
  }
  return curve
}

type WorthOf = (front: readonly (readonly number[])[]) => number

function single({ better }: ObjectiveFacts): WorthOf {
  return ([best]) => (better === 'higher' ? -best![0]! : best![0]!)
}

function volume(reported: readonly Reported[]): WorthOf {
  const columns = reported[0]?.losses.map((_, k) => reported.map(({ losses }) => losses[k]!)) ?? []
  const worst = columns.map(losses => losses.reduce((a, b) => Math.max(a, b)))
  const best = columns.map(losses => losses.reduce((a, b) => Math.min(a, b)))
  const box = worst.map((loss, k) => loss - best[k]! || 1)
  const reference = worst.map(() => 1)
  return front =>
    hypervolume(
      front.map(losses => losses.map((loss, k) => (loss - best[k]!) / box[k]!)),
      reference,
    )
}
