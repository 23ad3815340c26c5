import { HeddleError } from '../../spec/errors.ts'
import type { Backend } from '../backend.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

export const backendNames = ['auto', 'native', 'reference'] as const
export type BackendName = (typeof backendNames)[number]

/**
 * The backend of a name. `auto` takes the native one, or the reference loops where it cannot be loaded, and tells
 * `onNotice` so.
 */
export function chooseBackend(
  name: BackendName,
  { threads, onNotice }: { readonly threads?: number; readonly onNotice?: (message: string) => void } = {},
): Backend {
  const options = threads === undefined ? {} : { threads }
  if (name === 'reference') return referenceBackend()
  if (name === 'native') return nativeBackend(options)
  try {
    return nativeBackend(options)
  } catch (error) {
    if (!(error instanceof HeddleError) || !error.cause) throw error
    onNotice?.(`${error.message} Using the reference engine, about a thousand times slower.`)
    return referenceBackend()
  }
}
