import { useEffect, useState } from 'react'
import type { CurvePart } from '../../../src/protocol/studio.ts'
import { follow } from '../stream.ts'

/** All that a run has measured so far. */
export type Curve = Pick<CurvePart, 'steps' | 'epochs' | 'happenings'>

/** The curves of some runs, by id, as they grow; those that the server has not told of yet are absent. */
export function useCurves(ids: readonly string[]): ReadonlyMap<string, Curve> {
  const [curves, setCurves] = useState<ReadonlyMap<string, Curve>>(new Map())
  const wanted = ids.join(',')
  useEffect(() => {
    setCurves(before => new Map([...before].filter(([id]) => wanted.split(',').includes(id))))
    if (wanted === '') return
    let waiting: CurvePart[] = []
    let frame = 0
    // Twenty runs tell something every second, each by itself: a page is drawn once for all of them.
    const apply = (): void => {
      frame = 0
      const parts = waiting
      waiting = []
      setCurves(before => {
        const after = new Map(before)
        for (const part of parts) after.set(part.run, grown(after.get(part.run), part))
        return after
      })
    }
    const onCurve = (part: CurvePart): void => {
      waiting.push(part)
      frame ||= requestAnimationFrame(apply)
    }
    const stop = follow(`/curves?runs=${wanted}`, { curve: onCurve })
    return () => {
      stop()
      cancelAnimationFrame(frame)
    }
  }, [wanted])
  return curves
}

function grown(before: Curve | undefined, { restart, steps, epochs, happenings }: CurvePart): Curve {
  if (!before || restart) return { steps, epochs, happenings }
  return {
    steps: [...before.steps, ...steps],
    epochs: [...before.epochs, ...epochs],
    happenings: [...before.happenings, ...happenings],
  }
}

/** An exponential mean over about `1 / (1 - weight)` values, without the pull of a start at zero. */
export function smoothed(values: readonly number[], weight: number): number[] {
  let [sum, norm] = [0, 0]
  return values.map(value => {
    sum = weight * sum + (1 - weight) * value
    norm = weight * norm + (1 - weight)
    return sum / norm
  })
}
