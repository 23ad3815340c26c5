import './card.css'

/** Stands for what is still on its way, as large as that will be. `label` says what is being loaded. */
export function Skeleton({
  label,
  rows = 6,
  height,
}: {
  readonly label: string
  readonly rows?: number
  readonly height?: number
}) {
  return (
    <div className="skeleton" role="status" style={{ minHeight: height }}>
      <span className="quiet">{label}</span>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same.
        <i key={i} aria-hidden="true" />
      ))}
    </div>
  )
}
