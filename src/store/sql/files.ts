import type { Swept } from '../store.ts'
import type { Queries } from './database.ts'

/** A file that a row names: an artefact by its content, a checkpoint by its run and step too. */
export interface FilePlace {
  readonly sha256: string
  readonly bytes: number
  readonly checkpoint?: { readonly run: string; readonly step: number }
}

/** Where a store has the content of its artefacts and checkpoints. */
export interface Files {
  /** How messages name it: a path, or an address. */
  where(place: FilePlace): string
  /** Throws a `HeddleError` if files can no longer be kept there: the folder was moved away. */
  check(): void
  /** Before the transaction of the row that names it: writes what is not in the database. */
  write(place: FilePlace, pieces: readonly Uint8Array[]): Promise<void>
  /** Within that transaction: writes what is in the database. */
  insert(db: Queries, place: FilePlace, pieces: readonly Uint8Array[]): Promise<void>
  /** Throws a `HeddleError` if the content is missing or damaged. */
  read(place: FilePlace): Promise<Uint8Array>
  /** Removes files whose rows were removed, unless other rows name them. */
  remove(places: readonly FilePlace[]): Promise<void>
  /** Removes files that no row names and that are older than `graceMs`. */
  sweep(graceMs: number): Promise<Omit<Swept, 'runs'>>
}
