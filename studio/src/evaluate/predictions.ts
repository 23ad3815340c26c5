import { useEffect, useMemo, useState } from 'react'
import { getBytes } from '../api.ts'

/** What a network made of every test image. */
export interface Predictions {
  /** Rows of outputs, one for each image. */
  readonly outputs: Float32Array
  readonly classes: number
  readonly labels: Uint16Array
  readonly predicted: Uint16Array
}

/** A test image beside what was made of it. */
export interface JudgedImage {
  readonly index: number
  readonly label: number
  readonly predicted: number
  /** The output of the predicted class. */
  readonly confidence: number
}

export function usePredictions(
  run: string,
  labels: Uint16Array | null,
): { readonly data: Predictions | null; readonly error: Error | null } {
  const [outputs, setOutputs] = useState<Float32Array | null>(null)
  const [error, setError] = useState<Error | null>(null)
  useEffect(() => {
    const controller = new AbortController()
    getBytes(`/runs/${run}/predictions`, controller.signal).then(
      bytes => setOutputs(new Float32Array(bytes.buffer as ArrayBuffer)),
      reason => controller.signal.aborted || setError(reason),
    )
    return () => controller.abort()
  }, [run])
  const data = useMemo(() => {
    if (!outputs || !labels) return null
    const classes = outputs.length / labels.length
    const predicted = labels.map((_, i) => {
      const row = outputs.subarray(i * classes, (i + 1) * classes)
      return row.reduce((best, value, k) => (value > row[best]! ? k : best), 0)
    })
    return { outputs, classes, labels, predicted }
  }, [outputs, labels])
  return { data, error }
}

/**
 * Test images of a cell of the confusion matrix, `null` for any class. Of mistakes the worst first: where the label's output
 * is farthest below the winner's; of others the least sure.
 */
export function imagesOf(
  { outputs, classes, labels, predicted }: Predictions,
  { label, predicted: wanted }: { readonly label: number | null; readonly predicted: number | null },
): JudgedImage[] {
  const isAnyMistake = label === null && wanted === null
  const found: (JudgedImage & { readonly gap: number })[] = []
  labels.forEach((own, index) => {
    const other = predicted[index]!
    if (isAnyMistake ? own === other : (label ?? own) !== own || (wanted ?? other) !== other) return
    const confidence = outputs[index * classes + other]!
    // A right answer has no gap: all of those stand behind the mistakes, the least sure first.
    const gap = own === other ? -confidence : confidence - outputs[index * classes + own]!
    found.push({ index, label: own, predicted: other, confidence, gap })
  })
  return found.sort((a, b) => b.gap - a.gap)
}
