/** Class names for data that has none: its labels, from 0 to the largest. */
export function namesOfLabels(splits: readonly Int32Array[]): string[] {
  const largest = splits.reduce(
    (max, labels) => labels.reduce((most, label) => Math.max(most, label), max),
    0,
  )
  return Array.from({ length: largest + 1 }, (_, label) => String(label))
}
