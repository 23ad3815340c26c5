import type { ListedRun } from '../protocol/run.ts'
import type { EpochRow, HappeningRow, Job, SavedView, StepRow, UsageRow } from '../protocol/studio.ts'

export type RunStatus = ListedRun['status']

/** A run as the store keeps it. */
export interface Run extends ListedRun {
  modelHash: string
  /** Hashes of the test images with their labels, and of the images alone; `null`: recorded before these columns existed. */
  testFingerprint: string | null
  testImages: string | null
  /** The process that runs it: see `processIdentity`. */
  owner: string | null
  heartbeatAt: number | null
  /** How often it was begun: what an earlier attempt still writes is refused. */
  attempt: number
}

/** What one run's page shows, as JSON. */
interface DetailRow {
  run: string
  /** The experiment with this model alone: with the seed it can be run again. */
  spec: string
  /** The folder that relative paths start from, and where data was looked for. */
  source: string
  /** Every option with its origin. */
  options: string
  /** Git commit, machine, versions, backend. */
  environment: string
}

export interface Epoch extends EpochRow {
  run: string
}

/** Some of the steps, evenly spaced: see `Recorder`. */
export interface Step extends StepRow {
  run: string
}

/** What the training process used: see `UsageMeter`. Runs of an older Heddle have none. */
export interface Usage extends UsageRow {
  run: string
}

/** The weights and gradients at the end of an epoch, as counts. Runs of an older Heddle have none. */
interface HistogramRow {
  run: string
  epoch: number
  /** JSON: see `protocol/histogram.ts`. */
  weights: string
  gradients: string | null
}

/** What happened to a run: started, resumed, interrupted, a notice to the user. */
export interface Happening extends HappeningRow {
  run: string
  /** The first step after it, of `started` and `resumed`; `null`: of other kinds, and of archives from before it was kept. */
  step: number | null
}

interface Tag {
  run: string
  tag: string
}

/** A view of the list of runs that was given a name: see `ViewStore`. */
type ViewRow = { -readonly [key in keyof SavedView]: SavedView[key] }

/** A file that a run has kept. */
export interface Artefact {
  run: string
  name: string
  sha256: string
  bytes: number
}

/** A checkpoint's file is written before its row and removed after it. */
export interface CheckpointRow {
  run: string
  step: number
  epoch: number
  /** At the end of an epoch, what was monitored: less is better. */
  score: number | null
  sha256: string
  bytes: number
}

/** One look at what runs make of a test set, besides the test at the end of each run. */
interface Look {
  id: number
  at: number
  /** The fingerprint of the data. */
  fingerprint: string
  kind: LookKind
  /** How many runs were looked at. */
  runs: number
}

export type LookKind = 'evaluate' | 'compare' | 'report'

/** A training that waits, runs or has ended: see `Queue`. */
export interface JobRow {
  /** Jobs are done in this order. */
  place: number
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

export type JobState = Job['state']

/** A search: see `StudyStore`. */
interface Study {
  id: string
  name: string
  /** JSON. */
  spec: string
  user: string
  createdAt: number
  /** How many of its slices have ended: the place of the last end. */
  ends: number
}

/** What happened in a search. */
interface StudyEventRow {
  study: string
  place: number
  at: number
  /** JSON: see `protocol/study.ts`. */
  event: string
}

/** A piece of a trial's training: see `SliceQueue`. */
interface SliceRow {
  /** Slices are done in this order. */
  place: number
  id: string
  study: string
  trial: number
  run: string
  /** JSON. */
  task: string
  state: 'waiting' | 'running' | 'ended'
  /** How often it was claimed. */
  attempt: number
  /** The process that does it. */
  owner: string | null
  heartbeatAt: number | null
  /** JSON, and the place among the ends of its search, once it has ended. */
  result: string | null
  ended: number | null
}

/** The rows of a store, by table. */
export interface Rows {
  run: Run
  detail: DetailRow
  epoch: Epoch
  step: Step
  usage: Usage
  histogram: HistogramRow
  happening: Happening
  tag: Tag
  artefact: Artefact
  checkpoint: CheckpointRow
  look: Look
  job: JobRow
  study: Study
  event: StudyEventRow
  slice: SliceRow
  view: ViewRow
}
