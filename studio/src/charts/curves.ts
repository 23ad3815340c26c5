/** An exponential mean over about `1 / (1 - weight)` values, without the pull of a start at zero. */
export function smoothed(values: readonly number[], weight: number): number[] {
  let [sum, norm] = [0, 0]
  return values.map(value => {
    sum = weight * sum + (1 - weight) * value
    norm = weight * norm + (1 - weight)
    return sum / norm
  })
}
