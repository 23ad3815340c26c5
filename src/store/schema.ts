import type { Generated, Insertable, Kysely, Selectable } from 'kysely'
import { sql } from './kysely.ts'

/**
 * `running` may also mean that the process has died: see `RunStore.markDead`. `unreadable` is never written: a cell of the row is
 * not what the column may hold (see `cells.ts`).
 */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed' | 'unreadable'

/** What lists show and filter by: narrow, so that ten thousand of them are read at once. Times are milliseconds since 1970. */
interface RunTable {
  id: string
  experiment: string
  model: string
  seed: number
  status: RunStatus
  createdAt: number
  endedAt: number | null
  /** Of training, over all resumptions. */
  seconds: number | null
  /** SHA-256 of everything that the result follows from but the seed: runs of one configuration can be averaged. */
  configuration: string
  modelHash: string
  dataset: string
  fingerprint: string
  /** Of the test images with their labels, and of the images alone; `null`: recorded before there were such. */
  testFingerprint: string | null
  testImages: string | null
  params: number
  batchSize: number
  epochs: number
  stepsPerEpoch: number
  /** Epochs that are recorded, and what the last one measured. */
  epochsDone: Generated<number>
  loss: number | null
  accuracy: number | null
  valLoss: number | null
  valAccuracy: number | null
  testLoss: number | null
  testAccuracy: number | null
  testTopKAccuracy: number | null
  note: Generated<string>
  /** When it was put into the bin. */
  binnedAt: number | null
  /** Who runs it: see `processIdentity`. */
  owner: string | null
  heartbeatAt: number | null
}

/** What one run's page shows, as JSON. */
interface DetailTable {
  run: string
  /** The experiment with this model alone: with the seed it can be run again. */
  spec: string
  /** Where relative paths start, and where data was looked for. */
  source: string
  /** Every option with its origin. */
  options: string
  /** Git commit, machine, versions, backend. */
  environment: string
}

/** Exact. Columns are those of `EpochMetrics`. */
interface EpochTable {
  run: string
  epoch: number
  loss: number
  accuracy: number
  topKAccuracy: number | null
  valLoss: number | null
  valAccuracy: number | null
  valTopKAccuracy: number | null
  trainLoss: number | null
  trainAccuracy: number | null
  trainTopKAccuracy: number | null
  learningRate: number
  trainMs: number
  durationMs: number
}

/** Some of the steps: see `thinning`. */
interface StepTable {
  run: string
  step: number
  loss: number
  accuracy: number
}

/** What happened to a run: started, resumed, interrupted, what it told the user. */
interface HappeningTable {
  id: Generated<number>
  run: string
  at: number
  kind: string
  text: string
}

interface TagTable {
  run: string
  tag: string
}

/** Files in the folder of content. */
interface ArtefactTable {
  run: string
  name: string
  sha256: string
  bytes: number
}

/** Files in the folder of checkpoints, written before their rows and removed after them. */
interface CheckpointTable {
  run: string
  step: number
  epoch: number
  /** At the end of an epoch, what was monitored: less is better. */
  score: number | null
  sha256: string
  bytes: number
}

/** Each time that somebody looked at what runs make of a test set, besides the test at the end of each run. */
interface LookTable {
  id: Generated<number>
  at: number
  /** Of the data. */
  fingerprint: string
  kind: LookKind
  /** How many runs were looked at. */
  runs: number
}

/** What trainings wait, run and have ended: see `Queue`. */
interface JobTable {
  /** Jobs are done in this order. */
  place: Generated<number>
  id: string
  /** What is to be done, as JSON: see `protocol/tasks.ts`. */
  task: string
  experiment: string
  model: string
  seed: number
  state: JobState
  createdAt: number
  /** The process that asked for it; `null`: an earlier Heddle did. */
  askedBy: string | null
  /** Known once the training has begun. */
  run: string | null
  /** The process that does it. */
  owner: string | null
  heartbeatAt: number | null
  /** Why it failed. */
  error: string | null
}

export type JobState = 'queued' | 'running' | 'done' | 'stopped' | 'failed'

export type LookKind = 'evaluate' | 'compare' | 'report'

export interface Tables {
  run: RunTable
  detail: DetailTable
  epoch: EpochTable
  step: StepTable
  happening: HappeningTable
  tag: TagTable
  artefact: ArtefactTable
  checkpoint: CheckpointTable
  look: LookTable
  job: JobTable
}

export type Run = Selectable<RunTable>
export type NewRun = Insertable<RunTable>
export type Epoch = Selectable<EpochTable>
export type Step = Selectable<StepTable>
export type Happening = Selectable<HappeningTable>
export type Artefact = Selectable<ArtefactTable>
export type CheckpointRow = Selectable<CheckpointTable>
export type JobRow = Selectable<JobTable>

/** Migration n brings a store of version n to version n + 1. Never change one: add another. */
export const migrations: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [
  async db => {
    const table = (name: string, columns: string, rowid = true) =>
      sql.raw(`create table "${name}" (${columns})${rowid ? '' : ' without rowid'}`).execute(db)
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
    const index = (name: string, on: string) => sql.raw(`create index "${name}" on ${on}`).execute(db)
    await index('runByTime', 'run (createdAt)')
    await index('runByStatus', 'run (status)')
    await index('happeningByRun', 'happening (run)')
    await index('tagByName', 'tag (tag)')
    await index('artefactByContent', 'artefact (sha256)')
  },
  async db => {
    await sql
      .raw(
        `create table "look" (id integer primary key, at real not null, fingerprint text not null, kind text not null,
        runs integer not null)`,
      )
      .execute(db)
  },
  async db => {
    for (const column of ['testFingerprint', 'testImages'])
      await sql.raw(`alter table "run" add column ${column} text`).execute(db)
  },
  async db => {
    await sql
      .raw(
        `create table "job" (place integer primary key, id text not null unique, task text not null, experiment text not null,
        model text not null, seed integer not null, state text not null, createdAt real not null, askedBy text, run text,
        owner text, heartbeatAt real, error text)`,
      )
      .execute(db)
  },
]
