import type { ReactNode } from 'react'
import { Icon, type IconName } from '../design/icons.tsx'

/** Shown where there is no content yet: what will be here, and what to do. `heading` is `h1` if it is the whole page. */
export function Empty({
  title,
  icon = 'info',
  heading: Heading = 'h2',
  children,
}: {
  readonly title: string
  readonly icon?: IconName
  readonly heading?: 'h1' | 'h2'
  readonly children?: ReactNode
}) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <Heading>{title}</Heading>
      {children}
    </div>
  )
}

/** What went wrong, if anything did, in the server's words, and a way to try again. */
export function Problem({
  error,
  onRetry,
}: {
  readonly error: Error | null | undefined
  readonly onRetry?: () => void
}) {
  if (!error) return null
  return (
    <div className="problem" role="alert">
      <p>{error.message}</p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** What to know before believing a number; many are folded. */
export function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null
  return (
    <details className="warnings" open={warnings.length <= 2}>
      <summary>{warnings.length === 1 ? 'A warning' : `${warnings.length} warnings`}</summary>
      <ul>
        {warnings.map(warning => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </details>
  )
}
