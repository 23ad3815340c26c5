import { hypervolume, nondominated } from '../../insight/compare/pareto.ts'

/** Losses of some trials, by trial and objective. */
type Losses = readonly (readonly number[])[]

/**
 * The `count` best of some trials, as places in `losses`: with one objective those with the least loss; with several those that no other
 * dominates, then those that only these dominate, and so on. If the last such group is too large, those of it are taken
 * that together dominate the largest volume. Source: Ozaki et al., "Multiobjective Tree-Structured Parzen Estimator" (2022).
 */
export function goodTrials(losses: Losses, count: number): readonly number[] {
  const places = losses.map((_, i) => i)
  if (count >= places.length) return places
  if (losses[0]?.length === 1) return places.sort((a, b) => losses[a]![0]! - losses[b]![0]!).slice(0, count)
  const good: number[] = []
  let left = places
  while (good.length < count) {
    const front = nondominated(left, place => losses[place]!)
    const wanted = count - good.length
    good.push(...(front.length <= wanted ? front : widest(losses, front, wanted)))
    const taken = new Set(front)
    left = left.filter(place => !taken.has(place))
  }
  return good
}

/** Greedy: each time the trial that adds most to the volume, up to a little beyond the worst loss of each objective. */
function widest(losses: Losses, front: readonly number[], count: number): number[] {
  const limit = losses[front[0]!]!.map((_, objective) => {
    const values = front.map(place => losses[place]![objective]!)
    const [least, worst] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
    return worst + Math.max(0.1 * (worst - least), 1e-12)
  })
  const chosen: number[] = []
  // A trial adds less the more have been chosen, so that what it added before is the most that it can add.
  const left = front.map(place => ({ place, most: Infinity }))
  while (chosen.length < count) {
    let best = left[0]!
    let added = -Infinity
    for (const one of left) {
      if (one.most <= added) continue
      one.most = addedVolume(
        losses[one.place]!,
        chosen.map(other => losses[other]!),
        limit,
      )
      if (one.most > added) [best, added] = [one, one.most]
    }
    left.splice(left.indexOf(best), 1)
    chosen.push(best.place)
  }
  return chosen
}

/** The volume that a point dominates and the others do not: its own box less what the others cover of it. */
function addedVolume(point: readonly number[], others: Losses, limit: readonly number[]): number {
  const covered = others.map(other => other.map((loss, i) => Math.max(loss, point[i]!)))
  return hypervolume([point], limit) - hypervolume(covered, limit)
}
