import { HeddleError } from '../base/errors.ts'
import { faultIn } from './cells.ts'
import { isOfThisMachine } from './process-identity.ts'
import type { JobRow, JobState } from './rows.ts'

/** A training that is to be queued. */
export interface NewJob extends Pick<JobRow, 'experiment' | 'model' | 'seed'> {
  /** See `protocol/tasks.ts`; the store does not look into it. */
  readonly task: object
  /** A run that is to go on; `null`: a new run. */
  readonly run: string | null
}

/** A job with everything that is kept of it. */
export type StoredJob = Omit<JobRow, 'place'>

/** What lists show: a task may be long. */
export type QueuedJob = Omit<JobRow, 'task'>

/**
 * Trainings that wait, run and have ended. The process that does a job claims it, and gives signs of life until the end; one
 * job runs at a time on each machine that uses the store.
 */
export interface Queue {
  /** Where the process that does a job writes its log; there may be none. */
  logOf(id: string): string
  /** Adds a job at the end; returns its id. A run that waits or runs already is not queued again: returns the id of that job. */
  add(job: NewJob): Promise<string>
  /** Adds a job as it is, unless it is there. */
  adopt(job: StoredJob): Promise<void>
  /** In their order. */
  list(): Promise<QueuedJob[]>
  /** Throws a `MissingError` for an id that is not there. */
  job(id: string): Promise<QueuedJob>
  /** What is to be done: JSON of any origin. */
  task(id: string): Promise<object>
  /** Makes a job that waits this process' own; `false` where it does not wait, or this machine does another one. */
  claim(id: string): Promise<boolean>
  /** A sign of life of the process that does a job, and the run that it makes. */
  beat(id: string, run?: string): Promise<void>
  /** How the process that does a job has ended it. */
  end(id: string, state: JobState, error: string | null): Promise<void>
  /** Takes a job that waits out of the queue, for the given reason; `false` where it does not wait. */
  drop(id: string, state: 'stopped' | 'failed', error?: string | null): Promise<boolean>
  /** Makes a job one that this process has asked for. */
  approve(id: string): Promise<void>
  /** Ends the jobs whose process has died: their runs say how. */
  markDead(): Promise<void>
  /** Takes what has ended out of the list; returns the ids. */
  clear(): Promise<string[]>
}

/** A job of any origin. Throws a `HeddleError` that names what is wrong with it. */
export function checkJob(job: Readonly<Record<keyof StoredJob, unknown>>): StoredJob {
  const fault = faultIn('job', { ...job, place: 0 })
  if (fault) throw new HeddleError(fault)
  return job as StoredJob
}

/** Whether a job was asked for on this machine since its start: others may come with a store from elsewhere. */
export function isOwnJob({ askedBy }: Pick<JobRow, 'askedBy'>): boolean {
  return isOfThisMachine(askedBy)
}
