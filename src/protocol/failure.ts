import { HeddleError, MissingError, UsageError } from '../base/errors.ts'
import { Interruption } from '../base/interruption.ts'
import { inWords, isSystemError } from '../base/system-errors.ts'

/** Why something failed, as other programs read it. `defect`: the fault is Heddle's, and not yours. */
export interface Failure {
  readonly kind: 'usage' | 'missing' | 'failed' | 'interrupted' | 'defect'
  readonly message: string
  /** For a defect: where it is. */
  readonly stack?: string
}

/** An error as a plain value. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Interruption) return { kind: 'interrupted', message: error.message }
  // The system's refusals (a full disk, a missing permission) are no defects either.
  if (isSystemError(error)) return { kind: 'failed', message: inWords(error) }
  if (!(error instanceof HeddleError)) {
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
    return { kind: 'defect', message, ...(stack !== undefined && { stack }) }
  }
  const kind = error instanceof MissingError ? 'missing' : error instanceof UsageError ? 'usage' : 'failed'
  return { kind, message: error.message }
}

/** The error that `failureOf` made a plain value of; one that was interrupted has failed for the process that waited. */
export function errorOf({ kind, message, stack }: Failure): Error {
  if (kind === 'missing') return new MissingError(message)
  if (kind === 'usage') return new UsageError(message)
  return kind === 'defect' ? Object.assign(new Error(message), { stack }) : new HeddleError(message)
}
