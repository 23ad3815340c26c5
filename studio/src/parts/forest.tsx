/** A difference with its interval on an axis from `-reach` to `reach`: what is right of the line is better. */
export function Forest({
  low,
  value,
  high,
  reach,
  label,
}: {
  readonly low: number
  readonly value: number
  readonly high: number
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
