/**
 * The distance between an axis' ticks, a round number: about four of them.
 *
 * @example
 * intervalOf(0.37) // 0.1
 */
export function intervalOf(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / 4))
  return power * ([1, 2, 5, 10].find(factor => factor * power >= span / 4) ?? 10)
}

/** Without the dust of binary fractions: `0.3`, not `0.30000000000000004`. */
export function tick(value: number): string {
  return String(Number(value.toPrecision(6)))
}
