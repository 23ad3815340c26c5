import type { FormFields } from '../base/form.ts'
import type { EpochMetrics } from './events.ts'
import type { ImageExplanation, LayerActivations } from './explanations.ts'
import type { Finding } from './finding.ts'
import type { MetricFacts } from './metric.ts'
import type { NodeDraft } from './requests.ts'
import type { ListedRun } from './run.ts'
import type { Importance, ObjectiveFacts, ParameterValues, StudyView } from './study.ts'

/** A run as the studio's lists show it: of its fingerprint the beginning. */
export interface RunRow extends Readonly<ListedRun> {
  readonly tags: readonly string[]
  /** The last step that is recorded of a run that is running, counted from 0. */
  readonly step: number | null
  /** The training time that remains, by the pace since it was started or resumed. */
  readonly remainingMs: number | null
}

/** A view of the list of runs that was given a name. */
export interface SavedView {
  readonly name: string
  /** The query of its address: filter, order, columns. */
  readonly query: string
}

/** What the stream of runs tells: all of them first, then what has changed. */
export interface RunsChanged {
  /** Every run; left out: only those that changed. */
  readonly all?: true
  /** What runs may have measured; with `all`. */
  readonly metrics?: readonly MetricFacts[] | undefined
  readonly rows: readonly RunRow[]
  readonly removed: readonly string[]
  /** All saved views; left out: they are as they were. */
  readonly views?: readonly SavedView[]
}

/** What runs were trained with: the options that are not the same in all runs. */
export interface RunParameters {
  /** As searches name them: `batchSize`, `learningRate`, `nodes.conv2d.filters`. */
  readonly names: readonly string[]
  /** By configuration; an option that it does not have is left out. */
  readonly configurations: Readonly<Record<string, ParameterValues>>
}

/** How much each option matters for what some runs measured. */
export interface RunImportance {
  readonly shares: readonly Importance[]
  /** What these runs cannot tell, in words. */
  readonly warning: string | null
  /** The seeds of a configuration count once, by their mean. */
  readonly configurations: number
}

/** What became of runs that were changed at once. */
export interface RunsChange {
  readonly changed: readonly string[]
  readonly refused: readonly { readonly id: string; readonly error: string }[]
}

/** What a run has measured since the client's last event. */
export interface CurvePart {
  readonly run: string
  /** Replaces everything that was sent before: the first part, and the one after a resumption from an earlier step. */
  readonly restart?: true
  readonly steps: readonly StepRow[]
  readonly epochs: readonly EpochRow[]
  readonly usage: readonly UsageRow[]
  readonly happenings: readonly HappeningRow[]
}

export type StepRow = { readonly step: number; readonly loss: number; readonly accuracy: number }

export interface EpochRow {
  readonly epoch: number
  readonly metrics: EpochMetrics
  readonly trainMs: number
  readonly durationMs: number
}

/** What the process of a training used since the row before. */
export interface UsageRow {
  /** The last step that was done by then, counted from 0. */
  readonly step: number
  /** How many processors were busy, on average. */
  readonly processors: number
  /** The memory that is resident at the end. */
  readonly memoryBytes: number
  /** Training images, over all of the time: also that of measuring. */
  readonly imagesPerSecond: number
}

export interface HappeningRow {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly text: string
}

/** Everything else that a run's page shows. */
export interface RunPage {
  readonly run: RunRow
  /** The experiment with this model alone. */
  readonly spec: unknown
  readonly options: readonly { readonly name: string; readonly text: string; readonly origin: string }[]
  readonly layers: readonly RunLayer[]
  readonly environment: Readonly<Record<string, unknown>>
  readonly artefacts: readonly { readonly name: string; readonly bytes: number }[]
}

/** A layer of a run's model, without shapes: those follow from the data. */
export interface RunLayer {
  readonly name: string
  /** Keras' name of the layer. */
  readonly className: string
  /** Options that are not defaults. */
  readonly options: string
}

/** One thing that is not the same in two runs; left out where one has none of it. */
export interface RunDifference {
  readonly of: 'model' | 'options' | 'data' | 'code' | 'machine' | 'results'
  readonly name: string
  readonly a?: unknown
  readonly b?: unknown
}

/** A training that the studio was asked for. */
export interface Job {
  readonly id: string
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'stopped'
  readonly experiment: string
  readonly model: string
  readonly seed: number
  readonly createdAt: number
  /** Known once it has begun. */
  readonly run: string | null
  /** Why it failed. */
  readonly error: string | null
  /** It waits until you start it: it came with the store from elsewhere, or this machine was started again since. */
  readonly isHeld: boolean
}

/** A search as lists show it. */
export interface SearchRow extends Pick<StudyView, 'id' | 'name' | 'user' | 'createdAt' | 'state'> {
  readonly trials: number
  /** The budget of trials; `null`: without limit. */
  readonly ofTrials: number | null
  /** The first one; `null`: not known, as the search cannot be read. */
  readonly objective: ObjectiveFacts | null
  /** The best value of the objective. */
  readonly best: number | null
  /** How long its log is: with another length there is more to see. */
  readonly events: number
  /** The epochs of the trials that are being trained. */
  readonly learned: number
  /** Why it cannot be read; `null`: it can. */
  readonly problem: string | null
}

/** How the trials of a search learn. */
export interface TrialCurves {
  /** Which of the search's objectives is measured in each epoch; `null`: none. */
  readonly objective: number | null
  /** By trial: the number of epochs that are done, and what was measured then. */
  readonly curves: readonly {
    readonly trial: number
    readonly points: readonly (readonly [epochs: number, value: number])[]
  }[]
  /** Trials whose curves are not here: the worse ones of very many. */
  readonly leftOut: number
}

/** What the server answers instead, with a status of 400 and above. */
export interface Refusal {
  readonly error: string
}

/** What is known of a draft's layer. */
export interface NodeFacts {
  readonly outputShape?: readonly number[]
  readonly parameterCount?: number
  readonly multiplyAdds?: number
  readonly receptiveField?: readonly [number, number]
  readonly error?: string
}

export interface Checked {
  readonly inputShape: readonly number[]
  readonly classNames: readonly string[]
  readonly trainCount: number
  /** One for each layer. */
  readonly nodes: readonly NodeFacts[]
  readonly parameterCount: number
  readonly multiplyAdds: number
  /** What is wrong with an option of the training, by its name. */
  readonly train: Readonly<Record<string, string>>
  /** What keeps it from being started and stands nowhere else. */
  readonly error: string | null
  /** The findings of `heddle doctor`. */
  readonly advice: readonly Finding[]
}

/** What a new run can be made of. */
export interface Choices {
  readonly datasets: readonly string[]
  readonly layers: Readonly<
    Record<
      string,
      {
        readonly className: string
        readonly role: string
        readonly joins: boolean
        readonly fields: FormFields
      }
    >
  >
  readonly train: FormFields
  readonly templates: readonly Template[]
  /** Experiment files that are code, which runs only when one is chosen. */
  readonly files: readonly string[]
}

export interface Template {
  readonly experiment: string
  readonly model: string
  readonly data: string
  readonly nodes: readonly NodeDraft[]
  readonly train: Readonly<Record<string, unknown>>
  readonly pretrained: Readonly<Record<string, unknown>> | null
}

/** What a network makes of one test image, and why. */
export interface ImagePage {
  readonly index: number
  readonly label: number
  readonly classNames: readonly string[]
  readonly imageShape: readonly number[]
  readonly explanation: ImageExplanation
  /** The first channels of each layer that keeps the image's height and width. */
  readonly activations: readonly LayerActivations[]
}

/** A training image that is like another one to the network. */
export interface TrainingNeighbour {
  readonly index: number
  /** 1: the same direction. */
  readonly similarity: number
  readonly label: number
}

/** What a run's network is given, and what it tells apart. */
export interface RunClasses {
  readonly imageShape: readonly [number, number, number]
  readonly classNames: readonly string[]
}
