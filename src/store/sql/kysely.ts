import { createRequire } from 'node:module'
import type * as Module from 'kysely'
import { optionalPackage } from '../../base/optional-package.ts'

/**
 * As a CommonJS module: its 200 files are then opened one after the other. ES modules open them all at once, which is more
 * than `ulimit -n 256` allows.
 */
export const { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, SqliteDialect, sql } =
  optionalPackage('kysely', () => createRequire(import.meta.url)('kysely') as typeof Module)
export type Kysely<T> = Module.Kysely<T>
