import { UsageError } from '../base/errors.ts'
import { isPostgres } from './postgres/address.ts'
import { openFolder } from './sqlite/open.ts'
import type { RunStore } from './store.ts'

export interface OpenOptions {
  /** Who begins runs and searches; left out: the system's user. */
  readonly user?: string | undefined
  /** Where a new store in PostgreSQL has its files: `s3://bucket/prefix`; left out: in the database. */
  readonly files?: string | undefined
}

/**
 * Opens a run store: a folder, or a PostgreSQL database that several machines share (`postgres://user@host/database`).
 *
 * - `write`, the default: makes the store if there is none. Throws a `HeddleError` if it cannot be written.
 * - `look`: makes nothing. A missing store has no runs. A store that cannot be written is opened for reading; one that can be
 *   written is opened as by `write`.
 *
 * Both throw a `HeddleError` for what is damaged, is no store, cannot be reached, or comes from a newer Heddle.
 */
export async function openStore(
  address: string,
  mode: 'write' | 'look' = 'write',
  options: OpenOptions = {},
): Promise<RunStore> {
  if (isPostgres(address)) {
    // pg is loaded where it is needed.
    const { openPostgres } = await import('./postgres/open.ts')
    return openPostgres(address, { mode, ...options })
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(address)?.[1]
  if (scheme !== undefined)
    throw new UsageError(`A run store is a folder or postgres://user@host/database, not ${scheme}://.`)
  if (options.files !== undefined)
    throw new UsageError(
      'Only a store in PostgreSQL can have its files elsewhere: leave out --files and HEDDLE_FILES.',
    )
  return openFolder(address, mode, options)
}
