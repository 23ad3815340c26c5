import type { Measured } from '../protocol/events.ts'
import type { EpochCounts } from '../protocol/histogram.ts'
import type { EpochRow, SavedView, StepRow, UsageRow } from '../protocol/studio.ts'
import type { Archived, ArchivedRun } from './archived-runs.ts'
import type { Queue } from './queue.ts'
import type {
  Artefact,
  CheckpointRow,
  Epoch,
  Happening,
  LookKind,
  Run,
  RunStatus,
  Step,
  Usage,
} from './rows.ts'
import type { SliceQueue, StudyStore } from './studies.ts'

/** JSON values; the store looks into none of them. `runs/stored.ts` reads them. */
export interface RunDetail {
  readonly spec: unknown
  readonly source: unknown
  readonly options: unknown
  readonly environment: unknown
}

/** What is known of a run before its first step. */
export interface RunStart
  extends Pick<
      Run,
      | 'experiment'
      | 'model'
      | 'seed'
      | 'configuration'
      | 'modelHash'
      | 'dataset'
      | 'fingerprint'
      | 'params'
      | 'batchSize'
      | 'epochs'
      | 'stepsPerEpoch'
    >,
    Partial<Pick<Run, 'testFingerprint' | 'testImages'>> {
  readonly detail: RunDetail
}

/** A trial's run is chosen before it is made. */
export interface StartOptions {
  /** A run with this id that is there already is left as it is: `resume` continues it. */
  readonly id?: string
  /** The search that it is a trial of; its user is the run's. */
  readonly study?: string
}

/** What was measured since the last time. */
export interface Recorded {
  readonly epochs: readonly EpochRow[]
  readonly steps: readonly StepRow[]
  readonly usage?: readonly UsageRow[]
  readonly histograms?: readonly EpochCounts[]
  readonly happenings: readonly { readonly kind: string; readonly text: string }[]
}

/** How a run ended. */
export interface RunEnd {
  readonly status: Exclude<RunStatus, 'running' | 'unreadable'>
  /** Why it did not finish; empty where there is nothing to say. */
  readonly text: string
  readonly seconds?: number
  readonly test?: Measured
}

/** Besides by what they measured, runs can be put in order by these. */
export const sortKeys = [
  'createdAt',
  'experiment',
  'model',
  'seed',
  'status',
  'seconds',
  'params',
] as const satisfies readonly (keyof Run)[]

/** The place of a run: in the list; in the archive, out of the way of everything but its id; or in the bin, which can be emptied. */
export type RunPlace = 'list' | 'archive' | 'bin'

export interface RunFilter {
  /** How the id begins. */
  readonly id?: string | undefined
  readonly experiment?: string | undefined
  readonly model?: string | undefined
  readonly seed?: number | undefined
  readonly status?: RunStatus | undefined
  readonly configuration?: string | undefined
  readonly fingerprint?: string | undefined
  readonly testFingerprint?: string | undefined
  readonly tag?: string | undefined
  /** Who began it. */
  readonly user?: string | undefined
  /** Trials of this search, or of `any` and everything else; left out: only runs that are no trials. */
  readonly study?: string | undefined
  /** Left out: the list. */
  readonly place?: RunPlace | 'any' | undefined
  /** One of `sortKeys`, or a number of `Run.metrics` such as `testAccuracy`. Left out: the newest first. */
  readonly sort?: string | undefined
  readonly descending?: boolean | undefined
  readonly limit?: number | undefined
}

export interface FindOptions {
  /** Where `last` and names are looked for; left out: the list. A run is found by its id wherever it is. */
  readonly place?: RunPlace | undefined
  /** If several runs of one model match, take the newest finished one: for commands that need a trained model, not one certain run. */
  readonly newest?: boolean
}

/** How far a training is, and what its pace is measured from. */
export interface Progress {
  /** The last step that is recorded; `null` before the first. */
  readonly step: number | null
  /** When it was started or resumed last, and at which step. */
  readonly begun: { readonly at: number; readonly step: number } | null
}

/** What a store keeps beside its rows: an artefact or a checkpoint. */
export interface StoredFile {
  readonly bytes: Uint8Array
  /** How messages name it: a path, or an address. */
  readonly where: string
}

/** Where a checkpoint stands. `score`: at the end of an epoch, what is monitored; less is better. */
export interface CheckpointPlace {
  readonly step: number
  readonly epoch: number
  readonly score: number | null
}

/** Which of a run's checkpoints are kept besides the newest two, of which the older one is for when the newer is damaged. */
export interface Keep {
  readonly best: number
}

/** The checkpoints of a store's runs. */
export interface CheckpointStore {
  /** Writes one and removes those that are no longer needed. */
  put(run: string, place: CheckpointPlace, pieces: readonly Uint8Array[], keep: Keep): Promise<void>
  /** The newest first. */
  of(run: string): Promise<CheckpointRow[]>
  /** Throws a `HeddleError` if the content is missing or damaged. */
  read(row: CheckpointRow): Promise<StoredFile>
  /** Removes those of a run that needs them no longer. */
  clear(run: string): Promise<void>
}

/** How often test images have been looked at. */
interface Looks {
  /** Runs that were tested at their end. */
  readonly tests: number
  /** Epochs that were validated on the test images. */
  readonly epochs: number
  readonly calls: Readonly<Record<LookKind, number>>
}

/** How often test images have been looked at, besides the test at the end of each run: who chooses by them trains on them. */
export interface LookStore {
  /** Counts a look at the test images of the data with this fingerprint. A store that cannot be written forgets it. */
  add(fingerprint: string, kind: LookKind, runs: number): Promise<void>
  /** All looks at the test images of this data: also by runs whose data differs in its training part only, and by runs in the bin. */
  at(fingerprint: string): Promise<Looks>
}

/** Views of the list of runs that were given names: those of all who use the store. */
export interface ViewStore {
  all(): Promise<SavedView[]>
  /** Another one of that name is replaced. Throws a `UsageError` for a name or a query that cannot be kept. */
  put(view: SavedView): Promise<void>
  remove(name: string): Promise<void>
}

/** What `gc` removed. */
export interface Swept {
  /** Removed from the bin. */
  readonly runs: number
  /** That killed processes left, or that no run names any more. */
  readonly files: number
  readonly bytes: number
}

/**
 * All runs of a folder or a server. Every method is one transaction; any number of processes may use a store at once. A run is
 * changed by the store object that started or resumed it, until it is resumed again or its slice is claimed by another worker: each of these
 * is a further attempt, and what an earlier attempt still writes is refused with a `HeddleError`.
 */
export interface RunStore {
  /** How messages name it: its folder, or its address without a password. */
  readonly where: string
  /** A folder of this machine for what is not shared: keys, logs, marks. A store that is a folder has them in itself. */
  readonly folder: string
  /** The variables that let another process open this store. A password may be in them: they are never shown. */
  environment(): Readonly<Record<string, string>>
  readonly checkpoints: CheckpointStore
  readonly looks: LookStore
  readonly views: ViewStore
  readonly queue: Queue
  readonly studies: StudyStore
  readonly slices: SliceQueue

  /** A new run of this process; returns its id. Throws if a slice makes this run and another worker has claimed it. */
  start(run: RunStart, options?: StartOptions): Promise<string>
  /**
   * Makes a run this process' own again and takes back what it recorded from `place` on. Throws if another process runs it, or
   * a slice trains it and another worker has claimed it.
   */
  resume(id: string, place: Pick<CheckpointPlace, 'epoch' | 'step'>): Promise<void>
  /** Adds what a run measured, all or nothing. Throws if another process has taken the run over. */
  record(id: string, recorded: Recorded): Promise<void>
  /** A sign of life of the owner. `true`: a stop was asked for since the run was started or resumed. */
  beat(id: string): Promise<boolean>
  /**
   * Asks the process that trains a run, on whatever machine, to stop it: it learns of that with its next sign of life. Throws a `UsageError` if
   * the run is not running, or is a trial.
   */
  askToStop(id: string): Promise<void>
  end(id: string, end: RunEnd): Promise<void>
  /** Marks runs interrupted whose process has died without ending them; returns their ids. */
  markDead(): Promise<string[]>

  /**
   * The id of the run that a text means: `last`, an experiment, `experiment/model`, or how an id begins. Throws a `UsageError` for
   * none and for several.
   */
  find(wanted: string, options?: FindOptions): Promise<string>
  /** The runs that a text means and that did not come to their end, the oldest first. Throws a `UsageError` if there is none. */
  unfinished(wanted: string): Promise<Run[]>
  /** Throws a `MissingError` if there is none. */
  run(id: string): Promise<Run>
  detail(id: string): Promise<RunDetail>
  list(filter?: RunFilter): Promise<Run[]>
  /** How many runs `list` returns without its `limit`. */
  count(filter?: RunFilter): Promise<number>
  /** A text that is another one whenever a process, this one included, has written. */
  revision(): Promise<string>
  /** From epoch `from` on. */
  epochs(id: string, from?: number): Promise<Epoch[]>
  /** From step `from` on. */
  steps(id: string, from?: number): Promise<Step[]>
  /** From step `from` on. */
  usage(id: string, from?: number): Promise<Usage[]>
  /** The weights of the epochs that were counted. */
  histograms(id: string): Promise<EpochCounts[]>
  progress(id: string): Promise<Progress>
  /** Those with a greater id than `after`. */
  happenings(id: string, after?: number): Promise<Happening[]>

  tags(id: string): Promise<string[]>
  /** By run. */
  allTags(): Promise<Map<string, string[]>>
  tag(id: string, tag: string): Promise<void>
  untag(id: string, tag: string): Promise<void>
  /** `was`: what it replaces. Throws a `HeddleError` if there is another note meanwhile, which is then not lost. */
  note(id: string, note: string, was?: string): Promise<void>
  /** What a person calls it; empty: nothing. As `note`. */
  rename(id: string, name: string, was?: string): Promise<void>

  /** Keeps a file with a run; the same name again replaces it. Throws if this run was resumed elsewhere since. */
  putArtefact(id: string, name: string, pieces: readonly Uint8Array[]): Promise<void>
  artefacts(id: string): Promise<(Artefact & Pick<StoredFile, 'where'>)[]>
  /** `null` where the run has none of that name. Throws a `HeddleError` if the content is missing or damaged. */
  artefact(id: string, name: string): Promise<StoredFile | null>

  /** Every row of a run, for an archive. Throws a `HeddleError` if one is damaged. */
  rows(id: string): Promise<ArchivedRun>
  /**
   * Adds runs and searches of another store, all of them or none; those that are there already are left as they are, with all their files.
   * `content` reads a file by its SHA-256.
   */
  add(
    archived: Archived,
    content: (sha256: string) => Promise<Uint8Array>,
  ): Promise<{ readonly imported: string[]; readonly known: string[] }>

  /** Into the archive, the bin, or back into the list. Throws a `UsageError` if a process trains the run. */
  move(id: string, place: RunPlace): Promise<void>
  /** Removes the runs in the bin for good, and every file that no run names and that is older than `graceMs`: an hour. */
  gc(graceMs?: number): Promise<Swept>
  close(): Promise<void>
}
