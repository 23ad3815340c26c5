import type { ExpressionBuilder, Generated, Kysely } from 'kysely'
import type { Queries } from '../sql/database.ts'
import { sql } from '../sql/kysely.ts'
import type { Tables } from '../sql/tables.ts'

interface ContentTables extends Pick<Tables, 'artefact' | 'checkpoint'> {
  /** What is kept, in the database or elsewhere. */
  content: { sha256: string; bytes: number; at: Generated<unknown> }
  /** The bytes, where they are in the database. */
  chunk: { sha256: string; place: number; bytes: Uint8Array }
}

/** Tables that only PostgreSQL's stores have. */
export const contentIn = (db: Queries): Kysely<ContentTables> => db as unknown as Kysely<ContentTables>

/** Notes that content is kept, and when; until the transaction ends it is not removed. `false`: it is there already. */
export async function addContent(db: Queries, sha256: string, bytes: number): Promise<boolean> {
  const { isNew } = await contentIn(db)
    .insertInto('content')
    .values({ sha256, bytes })
    .onConflict(conflict => conflict.column('sha256').doUpdateSet({ at: sql`clock_timestamp()` }))
    .returning(sql<boolean>`xmax = 0`.as('isNew'))
    .executeTakeFirstOrThrow()
  return isNew
}

/** Content that no row names. A row that is just being written keeps it too: it refers to this one. */
export function isUnnamed({ and, not, exists, selectFrom }: ExpressionBuilder<ContentTables, 'content'>) {
  return and(
    (['artefact', 'checkpoint'] as const).map(table =>
      not(
        exists(selectFrom(table).select(sql`1`.as('one')).whereRef(`${table}.sha256`, '=', 'content.sha256')),
      ),
    ),
  )
}

/** Content that was written longer ago than `graceMs`. */
export const isOld = (graceMs: number) =>
  sql<boolean>`at < clock_timestamp() - ${graceMs}::float8 * interval '1 millisecond'`

/** A row has at most this many bytes of a file: the server reads and writes whole rows. */
const CHUNK = 1 << 20

/** The bytes of a file, whose pieces may be long and may be short, in pieces for rows. */
export function* chunksOf(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  const bytes = Buffer.concat(pieces)
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK)
}
