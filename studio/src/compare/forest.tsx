import { signedPoints } from '../../../src/base/text.ts'

/** A difference with its interval on a common axis: what is right of the line is better. */
export function Forest({
  value,
  interval: [low, high],
  reach,
  label,
}: {
  readonly value: number
  readonly interval: readonly [number, number]
  /** The axis goes from minus this to this. */
  readonly reach: number
  readonly label: string
}) {
  const at = (x: number): number => 50 + (50 * Math.max(-reach, Math.min(reach, x))) / reach
  const side = low > 0 ? 'above' : high < 0 ? 'below' : 'across'
  return (
    <svg
      className={`forest ${side}`}
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <line className="zero" x1="50" x2="50" y1="0" y2="10" />
      <line className="interval" x1={at(low)} x2={at(high)} y1="5" y2="5" />
      <line className="value" x1={at(value)} x2={at(value)} y1="2" y2="8" />
    </svg>
  )
}

/** What all of some intervals fit into. */
export function reachOf(intervals: readonly (readonly [number, number])[]): number {
  return Math.max(0.005, ...intervals.flat().map(Math.abs))
}

/** `+1.20` percentage points, with the minus sign of typography. */
export function pointsApart(share: number): string {
  return signedPoints(share).replace('-', '−')
}
