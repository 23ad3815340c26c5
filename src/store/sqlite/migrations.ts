import type { Kysely } from 'kysely'
import { toJson } from '../../protocol/json.ts'
import { gathered, metricColumns } from '../gather-metrics.ts'
import { sql } from '../sql/kysely.ts'
import type { Tables } from '../sql/tables.ts'

type Database = Kysely<Tables>
const execute = (db: Database, statement: string) => sql.raw(statement).execute(db)

/** Migration n brings a store of version n to version n + 1. Never change one: add another. */
export const migrations: readonly ((db: Database) => Promise<unknown>)[] = [
  async db => {
    const table = (name: string, columns: string, rowid = true) =>
      execute(db, `create table "${name}" (${columns})${rowid ? '' : ' without rowid'}`)
    await table(
      'run',
      `id text primary key, experiment text not null, model text not null, seed integer not null, status text not null,
      createdAt real not null, endedAt real, seconds real, configuration text not null, modelHash text not null,
      dataset text not null, fingerprint text not null, params integer not null, batchSize integer not null,
      epochs integer not null, stepsPerEpoch integer not null, epochsDone integer not null default 0, loss real,
      accuracy real, valLoss real, valAccuracy real, testLoss real, testAccuracy real, testTopKAccuracy real,
      note text not null default '', binnedAt real, owner text, heartbeatAt real`,
    )
    const ofRun = 'run text not null references run(id) on delete cascade'
    await table(
      'detail',
      `${ofRun} primary key, spec text not null, source text not null, options text not null, environment text not null`,
    )
    await table(
      'epoch',
      `${ofRun}, epoch integer not null, loss real not null, accuracy real not null, topKAccuracy real, valLoss real,
      valAccuracy real, valTopKAccuracy real, trainLoss real, trainAccuracy real, trainTopKAccuracy real,
      learningRate real not null, trainMs real not null, durationMs real not null, primary key (run, epoch)`,
      false,
    )
    await table(
      'step',
      `${ofRun}, step integer not null, loss real not null, accuracy real not null, primary key (run, step)`,
      false,
    )
    await table(
      'happening',
      `id integer primary key, ${ofRun}, at real not null, kind text not null, text text not null`,
    )
    await table('tag', `${ofRun}, tag text not null, primary key (run, tag)`, false)
    await table(
      'artefact',
      `${ofRun}, name text not null, sha256 text not null, bytes integer not null, primary key (run, name)`,
      false,
    )
    await table(
      'checkpoint',
      `${ofRun}, step integer not null, epoch integer not null, score real, sha256 text not null, bytes integer not null,
      primary key (run, step)`,
      false,
    )
    const index = (name: string, on: string) => execute(db, `create index "${name}" on ${on}`)
    await index('runByTime', 'run (createdAt)')
    await index('runByStatus', 'run (status)')
    await index('happeningByRun', 'happening (run)')
    await index('tagByName', 'tag (tag)')
    await index('artefactByContent', 'artefact (sha256)')
  },
  db =>
    execute(
      db,
      `create table "look" (id integer primary key, at real not null, fingerprint text not null, kind text not null,
      runs integer not null)`,
    ),
  async db => {
    for (const column of ['testFingerprint', 'testImages'])
      await execute(db, `alter table "run" add column ${column} text`)
  },
  db =>
    execute(
      db,
      `create table "job" (place integer primary key, id text not null unique, task text not null, experiment text not null,
      model text not null, seed integer not null, state text not null, createdAt real not null, askedBy text, run text,
      owner text, heartbeatAt real, error text)`,
    ),
  async db => {
    const run = (statement: string) => execute(db, statement)
    await run('alter table "happening" add column step integer')
    await run('alter table "run" add column reason text')
    // Until then a resumption's text alone had its step, "from step 120", and a happening the reason of its run's end.
    await run(`update "happening" set step = case kind when 'started' then 0 else cast(substr(text, 11) as integer) end
      where kind = 'started' or (kind = 'resumed' and text like 'from step %')`)
    await run(`update "run" set reason = (select nullif(text, '') from "happening" where run = "run".id and kind = "run".status
      order by id desc limit 1) where status in ('failed', 'interrupted')`)
  },
  async db => {
    const { rows: runs } = await sql<{ id: string }>`select id from run`.execute(db)
    for (const [table, columns] of Object.entries(metricColumns)) {
      const name = sql.table(table)
      await sql`alter table ${name} add column metrics text not null default '{}'`.execute(db)
      for (const { id } of runs) {
        const ofRun = table === 'run' ? sql`id = ${id}` : sql`run = ${id}`
        const { rows } = await sql<Record<string, unknown>>`select * from ${name} where ${ofRun}`.execute(db)
        for (const row of rows) {
          const place = table === 'run' ? ofRun : sql`${ofRun} and epoch = ${row.epoch}`
          // SQLite's own JSON would cut the last digits.
          const metrics = toJson(gathered(table, row).metrics)
          await sql`update ${name} set metrics = ${metrics} where ${place}`.execute(db)
        }
      }
      for (const column of columns) await sql`alter table ${name} drop column ${sql.ref(column)}`.execute(db)
    }
  },
  async db => {
    const run = (statement: string) => execute(db, statement)
    await run('alter table "run" add column attempt integer not null default 1')
    for (const column of ['user', 'study']) await run(`alter table "run" add column "${column}" text`)
    await run('create index "runByStudy" on run (study)')
    await run(
      `create table "study" (id text primary key, name text not null, spec text not null, "user" text not null,
      createdAt real not null, ends integer not null default 0)`,
    )
    const ofStudy = 'study text not null references study(id) on delete cascade'
    await run(
      `create table "event" (${ofStudy}, place integer not null, at real not null, event text not null,
      primary key (study, place)) without rowid`,
    )
    await run(
      `create table "slice" (place integer primary key, id text not null unique, ${ofStudy}, trial integer not null,
      run text not null, task text not null, state text not null default 'waiting', attempt integer not null default 0,
      owner text, heartbeatAt real, result text, ended integer)`,
    )
    await run(`create unique index "sliceByRun" on slice (run) where state <> 'ended'`)
    await run('create unique index "sliceByEnd" on slice (study, ended)')
  },
  async db => {
    await execute(db, `alter table "run" add column name text not null default ''`)
    await execute(db, 'alter table "run" add column archivedAt real')
    await execute(db, 'create table "view" (name text primary key, query text not null) without rowid')
  },
  async db => {
    const ofRun = 'run text not null references run(id) on delete cascade'
    await execute(
      db,
      `create table "usage" (${ofRun}, step integer not null, processors real not null, memoryBytes integer not null,
      imagesPerSecond real not null, primary key (run, step)) without rowid`,
    )
    await execute(
      db,
      `create table "histogram" (${ofRun}, epoch integer not null, weights text not null, primary key (run, epoch))`,
    )
  },
  async db => {
    await execute(db, 'alter table "histogram" add column gradients text')
  },
]
