import { useEffect, useState } from 'react'
import { getBytes } from '../api.ts'

/** What a run's network made of every test image. */
export interface TestPredictions {
  readonly labels: Int32Array
  readonly predicted: Int32Array
  /** The output for the predicted class: how sure the network was of what it said. */
  readonly confidence: Float32Array
}

export interface Loaded<T> {
  readonly data: T | null
  readonly error: Error | null
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
  const [loaded, setLoaded] = useState<Loaded<TestPredictions> & { readonly run: string | null }>({
    data: null,
    error: null,
    run: null,
  })
  useEffect(() => {
    if (run === null) return
    const controller = new AbortController()
    getBytes(`/runs/${run}/predictions`, controller.signal).then(
      bytes => setLoaded({ data: unpacked(bytes), error: null, run }),
      error => controller.signal.aborted || setLoaded({ data: null, error, run }),
    )
    return () => controller.abort()
  }, [run])
  return loaded.run === run ? loaded : { data: null, error: null }
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
