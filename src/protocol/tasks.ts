import { UsageError } from '../base/errors.ts'
import {
  boolean,
  integer,
  jsonObject,
  list,
  number,
  oneOf,
  optional,
  parseSpec,
  required,
  type Spec,
  show,
  text,
  textLike,
  textUpTo,
} from '../base/schema.ts'
import type { Split } from './data.ts'
import type { TrainEvent } from './events.ts'
import { MOST_NEIGHBORS, usualUmap } from './explanations.ts'
import type { Failure } from './failure.ts'
import {
  citationStyles,
  type FigureFormat,
  figureFormats,
  type Published,
  type ReportFormat,
} from './publication.ts'
import type { RunResult } from './results.ts'

/** The id of a run or of a job. */
export const idField = textLike(/^[0-9a-f]{12}$/, 'an id (12 digits and letters a to f)')

/** More models are not compared at once. */
export const MOST_COMPARED = 60

/** What figures or a report about runs are to be: those that belong to the other kind have no effect. */
export const publicationFields = {
  what: required(oneOf<'figures' | 'report'>(['figures', 'report'])),
  runs: required(list(idField, { min: 1, max: MOST_COMPARED })),
  /** The kinds of files: svg, png, pdf of figures; html, pdf, markdown of a report. */
  formats: required(
    list(oneOf<FigureFormat | ReportFormat>([...figureFormats, 'html', 'markdown']), { min: 1, max: 5 }),
  ),
  title: optional(textUpTo(300)),
  author: optional(textUpTo(300)),
  affiliation: optional(textUpTo(300)),
  /** Words of the author, as Markdown. */
  words: optional(textUpTo(500_000)),
  citationStyle: oneOf(citationStyles, 'apa'),
  /** What a course asks of a report: see `heddle report --rubric`. */
  rubric: optional(jsonObject<Readonly<Record<string, unknown>>>()),
  robustness: boolean(true),
  audit: boolean(true),
} as const

const fields = {
  /** Trains the one model of an experiment, and records the run. */
  train: { experiment: required(jsonObject()), seed: required(integer(undefined, { min: 0 })) },
  /** Trains a run to its end. */
  resume: { run: required(idField) },
  evaluate: { run: required(idField), worst: integer(10, { min: 0 }), robustness: boolean(true) },
  compare: { runs: required(list(idField, { min: 1, max: MOST_COMPARED })) },
  /** Audits the data that a data source describes. */
  audit: { data: required(jsonObject()) },
  /** Lays the images of a run out on a plane, as a layer of its network sees them. */
  map: {
    run: required(idField),
    split: required(oneOf<Split>(['train', 'test'])),
    method: required(oneOf<'pca' | 'umap'>(['pca', 'umap'])),
    /** Left out: the last hidden one. */
    layer: optional(text()),
    /** Those of UMAP; PCA has none. */
    seed: integer(usualUmap.seed, { min: 0 }),
    neighbors: integer(usualUmap.neighbors, { min: 2, max: MOST_NEIGHBORS }),
    minDist: number(usualUmap.minDist, { min: 0, max: 1 }),
  },
  /** Does a training of the store's queue. */
  job: { id: required(idField) },
  /** Trains runs of an experiment, those that the process which started it asks for: see `heddle run --workers`. */
  runs: {
    experiment: required(jsonObject()),
    seeds: required(list(integer(undefined, { min: 0 }), { min: 1 })),
    /** The folder in which relative paths start, and the one in which data is looked for. */
    baseDir: required(text()),
    dataDir: optional(text()),
    /** The origins of options that did not come from the file. */
    origins: required(jsonObject<Readonly<Record<string, 'flag' | 'environment'>>>()),
    record: boolean(true),
    resume: boolean(false),
    checkpointSteps: optional(integer()),
    tensorboard: optional(text()),
    save: optional(text()),
  },
  /** Writes figures about runs, or a report about them, as one ZIP archive: see `heddle figures` and `heddle report`. */
  publish: {
    ...publicationFields,
    /** The path of the archive. */
    to: required(text()),
  },
  /** Does slices of the store's searches, or of one of them, until it is stopped: see `runs/worker.ts`. */
  work: { study: optional(idField) },
} as const

/** What a worker process can be asked: a plain value. */
export type Task = { [K in keyof typeof fields]: Spec<K, (typeof fields)[K]> }[keyof typeof fields]
type TaskKind = Task['kind']
export type TaskOf<K extends TaskKind> = Extract<Task, { readonly kind: K }>

/** Checks a task that may come from anywhere. Throws a `UsageError` that says what is wrong with it. */
export function parseTask(value: unknown): Task {
  const { kind } = (value ?? {}) as { readonly kind?: unknown }
  if (typeof kind !== 'string' || !Object.hasOwn(fields, kind)) {
    throw new UsageError(
      `A task must be an object whose kind is one of ${Object.keys(fields).join(', ')}, not ${show(value)}.`,
    )
  }
  return parseSpec(kind, fields[kind as TaskKind], value) as Task
}

/** How far a task is whose result is kept. */
export type TaskState<T> =
  | { readonly state: 'none' }
  | { readonly state: 'running' | 'failed'; readonly said: string }
  | { readonly state: 'done'; readonly value: T }

/** Figures or a report that a studio has made, or is making. */
export interface Publication {
  readonly made: string
  readonly what: 'figures' | 'report'
  readonly title: string | null
  /** How many. */
  readonly runs: number
  readonly state: TaskState<Published>
}

/** A run of an experiment. */
export interface RunName {
  readonly model: string
  readonly seed: number
}

/** What a worker process answers, in this order; `result` or `failed` is the last event. */
export type TaskEvent =
  /** A training has begun, as this run. */
  | { readonly type: 'started'; readonly run: string }
  /** How far it is, in words. */
  | { readonly type: 'progress'; readonly text: string }
  /** Something that the user should know. */
  | { readonly type: 'notice'; readonly text: string }
  /** What happens in a training; steps that follow each other closely come as one, with the means of their losses. */
  | { readonly type: 'training'; readonly run: RunName; readonly event: TrainEvent }
  /** A run of `runs` has ended; `unsaved`: the file of its model that could not be written. */
  | {
      readonly type: 'run'
      readonly run: RunName
      readonly result: RunResult
      readonly unsaved: string | null
    }
  /** A process that does `runs` asks for the next one; the answer is a `RunName`, or `null`: there is none. */
  | { readonly type: 'next' }
  | { readonly type: 'result'; readonly value: unknown }
  | { readonly type: 'failed'; readonly error: Failure }
