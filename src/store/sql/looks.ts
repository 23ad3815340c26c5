import type { LookKind } from '../rows.ts'
import type { LookStore } from '../store.ts'
import type { Database, Queries } from './database.ts'
import { sql } from './kysely.ts'

export function looksIn(database: Database, isWritable: boolean): LookStore {
  return {
    async add(fingerprint, kind, runs) {
      const look = { at: database.now(), fingerprint, kind, runs }
      if (isWritable) await database.write(db => db.insertInto('look').values(look).execute())
    },
    async at(fingerprint) {
      const { tests, epochs, ...calls } = await looksAt(database.queries, fingerprint)
      return { tests, epochs, calls }
    },
  }
}

/**
 * One query, also where there are thousands of runs: their JSON is not read. What was tested, and what was validated on test images, is
 * found by the names that are in the text of its JSON.
 */
function looksAt(queries: Queries, fingerprint: string) {
  // PostgreSQL adds up to a type that JavaScript has no number for.
  const calls = <K extends LookKind>(kind: K) =>
    sql<number>`cast(coalesce(sum(case when kind = ${kind} then 1 else 0 end), 0) as float8)`.as(kind)
  return queries
    .with('seen', db =>
      db
        .selectFrom('run')
        .select(['id', 'fingerprint', 'metrics', 'epochsDone'])
        .where('study', 'is', null)
        .where(run => {
          const own = run.selectFrom('run').where('fingerprint', '=', fingerprint).where('study', 'is', null)
          const sameTest = own.select(({ fn }) => fn.max('testFingerprint').as('testFingerprint'))
          return run.or([run('fingerprint', '=', fingerprint), run('testFingerprint', '=', sameTest)])
        }),
    )
    .with('tested', db =>
      db
        .selectFrom('seen')
        .select(sql<number>`count(*)`.as('tests'))
        .where(sql<boolean>`metrics like '%"test%'`),
    )
    .with('validated', db =>
      db
        .selectFrom('seen')
        .innerJoin('detail', 'detail.run', 'seen.id')
        .select(sql<number>`cast(coalesce(sum("epochsDone"), 0) as float8)`.as('epochs'))
        .where('epochsDone', '>', 0)
        .where('spec', 'like', '%"validationData":"test"%'),
    )
    .with('called', db =>
      db
        .selectFrom('look')
        .select([calls('evaluate'), calls('compare'), calls('report')])
        .where(look =>
          look.or([
            look('fingerprint', '=', fingerprint),
            look('fingerprint', 'in', look.selectFrom('seen').select('seen.fingerprint')),
          ]),
        ),
    )
    .selectFrom(['tested', 'validated', 'called'])
    .selectAll()
    .executeTakeFirstOrThrow()
}
