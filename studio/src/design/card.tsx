import type { ReactNode } from 'react'
import './card.css'

/** A part of a page with its title; `aside` stands at the right of it: a choice, a menu, a number. */
export function Card({
  title,
  aside,
  className = '',
  isFlush = false,
  children,
}: {
  readonly title: string
  readonly aside?: ReactNode
  readonly className?: string
  /** Its content reaches the edges: tables, lists. */
  readonly isFlush?: boolean
  readonly children: ReactNode
}) {
  return (
    <section className={`card ${isFlush ? 'is-flush' : ''} ${className}`.trim()} aria-label={title}>
      <header className="card-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

/** The top of a view: its name, what it is about, and what can be done. */
export function PageHead({
  title,
  sub,
  children,
}: {
  readonly title: ReactNode
  readonly sub?: ReactNode
  readonly children?: ReactNode
}) {
  return (
    <header className="page-head">
      <div>
        <h1>{title}</h1>
        {sub && <p className="quiet">{sub}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </header>
  )
}

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
