/** Ends of an axis in round numbers, about five apart, so that no two of its labels stand on each other. */
export function roundRange(
  low: number,
  high: number,
): { readonly min?: number; readonly max?: number; readonly interval?: number } {
  if (!(high > low)) return {}
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const interval = power * ([1, 2, 5].find(n => n * power >= rough) ?? 10)
  const rounded = (n: number): number => +(n * interval).toPrecision(10)
  return { min: rounded(Math.floor(low / interval)), max: rounded(Math.ceil(high / interval)), interval }
}
