import { useEffect, useState } from 'react'
import { getBytes } from '../api.ts'

/** What a run's network made of every test image. */
export interface TestPredictions {
  readonly classes: number
  readonly labels: Int32Array
  /** `[count, classes]` */
  readonly outputs: Float32Array
  readonly predicted: Int32Array
}

export interface Loaded<T> {
  readonly data: T | null
  readonly error: Error | null
}

/** As `GET /runs/:id/predictions` packs them. */
function unpacked(bytes: Uint8Array): TestPredictions {
  const whole = new Int32Array(bytes.buffer, bytes.byteOffset, 2)
  const [count, classes] = [whole[0]!, whole[1]!]
  const labels = new Int32Array(bytes.buffer, bytes.byteOffset + 8, count)
  const outputs = new Float32Array(bytes.buffer, bytes.byteOffset + 8 + 4 * count, count * classes)
  const predicted = Int32Array.from(labels, (_, i) => {
    let best = 0
    for (let k = 1; k < classes; k++) if (outputs[i * classes + k]! > outputs[i * classes + best]!) best = k
    return best
  })
  return { classes, labels, outputs, predicted }
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

/** How sure the network was of what it said. */
export const confidence = ({ outputs, classes, predicted }: TestPredictions, i: number): number =>
  outputs[i * classes + predicted[i]!]!

/** The test images that a cell of the confusion matrix counts, the surest first. */
export function ofCell(predictions: TestPredictions, label: number, predicted: number): number[] {
  const found: number[] = []
  predictions.labels.forEach((own, i) => {
    if (own === label && predictions.predicted[i] === predicted) found.push(i)
  })
  return found.sort((a, b) => confidence(predictions, b) - confidence(predictions, a))
}
