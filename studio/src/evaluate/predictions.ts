import { getBytes } from '../api.ts'
import { type Loaded, useCurrent } from '../parts/use-loaded.ts'

/** What a run's network made of every test image. */
export interface TestPredictions {
  readonly labels: Int32Array
  readonly predicted: Int32Array
  /** The output for the predicted class: how sure the network was of what it said. */
  readonly confidence: Float32Array
}

/** As `GET /runs/:id/predictions` packs them. */
function unpacked({ buffer, byteOffset, byteLength }: Uint8Array): TestPredictions {
  const count = byteLength / 12
  return {
    labels: new Int32Array(buffer, byteOffset, count),
    predicted: new Int32Array(buffer, byteOffset + 4 * count, count),
    confidence: new Float32Array(buffer, byteOffset + 8 * count, count),
  }
}

/** `null`: of no run. */
export function usePredictions(run: string | null): Loaded<TestPredictions> {
  const path = run === null ? null : `/runs/${run}/predictions`
  return useCurrent(path, async signal => unpacked(await getBytes(path!, signal)))
}

/** The test images that a cell of the confusion matrix counts, the surest first. */
export function ofCell(
  { labels, predicted, confidence }: TestPredictions,
  cell: { readonly label: number; readonly predicted: number },
): number[] {
  const found: number[] = []
  labels.forEach((own, i) => {
    if (own === cell.label && predicted[i] === cell.predicted) found.push(i)
  })
  return found.sort((a, b) => confidence[b]! - confidence[a]!)
}

/** Which classes are taken for which others, where one of them is wanted: the most frequent first. */
export function confusedWith(
  { labels, predicted }: Pick<TestPredictions, 'labels' | 'predicted'>,
  wanted: ReadonlySet<number>,
): { readonly label: number; readonly predicted: number; readonly count: number }[] {
  const counts = new Map<string, { label: number; predicted: number; count: number }>()
  labels.forEach((label, i) => {
    const other = predicted[i]!
    if (label === other || !(wanted.has(label) || wanted.has(other))) return
    const key = `${label} ${other}`
    const pair = counts.get(key) ?? { label, predicted: other, count: 0 }
    pair.count++
    counts.set(key, pair)
  })
  return [...counts.values()].sort(
    (a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted,
  )
}
