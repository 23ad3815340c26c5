import { type Clock, systemClock } from '../base/clock.ts'
import type { Dataset } from '../data/dataset.ts'
import { encodeSafetensors } from '../model/files/safetensors.ts'
import type { Weights } from '../model/weights.ts'
import type { Network } from '../network/network.ts'
import { networkTensors } from '../network/saved-model.ts'
import type { EpochMetrics, TrainEvent } from '../protocol/events.ts'
import type { ArrayCounts } from '../protocol/histogram.ts'
import type { RunResult, TrainedResult } from '../protocol/results.ts'
import type { Recorded, RunStore } from '../store/store.ts'
import { type Checkpoint, checkpointToSafetensors, decodeCheckpoint } from '../train/checkpoint.ts'
import type { CheckpointKeeper } from '../train/fit.ts'
import { isKept, type Plan } from '../train/plan.ts'
import type { RunFollower } from '../train/run-experiment.ts'
import type { OnGradients } from '../train/train.ts'
import type { TrainPlace } from '../train/train-state.ts'
import { countsOf, isCounted } from './histograms.ts'
import { type ProcessUsage, processUsage, UsageMeter } from './usage-meter.ts'

/** When checkpoints are made besides at the end of epochs, and how many of the best are kept. */
export interface CheckpointPolicy {
  /** A checkpoint within an epoch after every this many steps; `null`: none. */
  readonly everySteps: number | null
  /** A checkpoint within an epoch after this time. */
  readonly everyMinutes: number
  readonly keepBest: number
}

export const usualPolicy: CheckpointPolicy = { everySteps: null, everyMinutes: 1, keepBest: 1 }

export interface RecorderOptions {
  readonly store: RunStore
  /** The id of a run that this process has started or resumed. */
  readonly id: string
  readonly network: Network
  readonly plan: Plan
  readonly policy: CheckpointPolicy
  readonly from?: Checkpoint | undefined
  /** What ends a training from outside: it is then interrupted, not failed. */
  readonly signal: AbortSignal
  /** Called once with what could not be kept; the training goes on. */
  readonly onProblem: (message: string) => void
  /** Called when a stop was asked for through the store; left out: it is not heard. */
  readonly onStop?: (() => void) | undefined
  readonly clock?: Clock
  /** What this process has used so far. */
  readonly used?: () => ProcessUsage
}

/** Rows are written together, so often. */
const FLUSH_MS = 1000
const HEARTBEAT_MS = 10_000
/** An epoch that is shorter than this and no better than another gets no checkpoint of its own. */
const SHORT_MS = 1000

/**
 * Records a run as it is trained: a consumer of its events. What it writes, it writes while the engine computes; what
 * cannot be written is reported, and tried again with what comes next.
 */
export class Recorder implements RunFollower {
  readonly from: Checkpoint | undefined
  readonly checkpoints: CheckpointKeeper
  readonly #options: RecorderOptions
  readonly #clock: Clock
  readonly #heartbeat: NodeJS.Timeout
  readonly #meter: UsageMeter
  #waiting = nothing()
  /** The gradients of the epoch that is at its end. */
  #gradients: { readonly epoch: number; readonly counts: ArrayCounts } | null = null
  /** What is being written to the database, and to a checkpoint. */
  #flushing: Promise<void> = Promise.resolve()
  #saving: Promise<void> = Promise.resolve()
  /** The last attempt to record failed. */
  #unrecorded = false
  #flushedMs: number
  #saved: { readonly ms: number; readonly step: number }
  #best = Infinity
  readonly #told = new Set<string>()

  constructor(options: RecorderOptions) {
    const { clock = systemClock, from, used = processUsage } = options
    this.#options = options
    this.#clock = clock
    this.from = from
    this.#meter = new UsageMeter(clock, used)
    this.#flushedMs = clock()
    this.#saved = { ms: clock(), step: from?.train.step ?? 0 }
    for (const metrics of from?.epochs ?? []) this.#best = Math.min(this.#best, scoreOf(metrics))
    this.checkpoints = {
      due: (place, epochs) => this.#due(place, epochs),
      save: checkpoint => this.#save(checkpoint),
    }
    const { store, id, signal, onStop } = options
    const beat = (): void =>
      void store.beat(id).then(
        // Once: a second interruption would end the process before its checkpoint.
        isAsked => isAsked && !signal.aborted && onStop?.(),
        error => this.#problem('heartbeat', error),
      )
    this.#heartbeat = setInterval(beat, HEARTBEAT_MS).unref()
  }

  readonly onGradients: OnGradients = (epoch, read) => {
    if (isCounted(epoch, this.#options.plan.spec.epochs))
      this.#gradients = { epoch, counts: countsOf(read()) }
  }

  onEvent(event: TrainEvent): void {
    switch (event.type) {
      case 'step': {
        const { step, loss, accuracy, batchSize } = event
        const usage = this.#meter.add(step, batchSize)
        if (usage) this.#waiting.usage.push(usage)
        if (isKept(step, this.#options.plan)) this.#waiting.steps.push({ step, loss, accuracy })
        if (this.#clock() - this.#flushedMs >= FLUSH_MS) this.#flush()
        break
      }
      case 'epoch': {
        const { epoch, metrics, trainMs, durationMs } = event
        this.#waiting.epochs.push({ epoch, metrics, trainMs, durationMs })
        const { network, plan } = this.#options
        if (isCounted(epoch, plan.spec.epochs))
          this.#waiting.histograms.push({
            epoch,
            weights: countsOf(network.weights),
            gradients: this.#gradients?.epoch === epoch ? this.#gradients.counts : null,
          })
        this.#flush()
        break
      }
    }
  }

  onNotice(text: string): void {
    this.#waiting.happenings.push({ kind: 'notice', text })
  }

  /** Without `outputs`, what the network makes of every test image: the run was not tested. */
  async onEnd(run: TrainedResult & Partial<Pick<RunResult, 'test'>>, outputs?: Float32Array): Promise<void> {
    const { store, id } = this.#options
    const { seconds, test } = run
    try {
      await this.#settle()
      for (const [name, pieces] of await this.#artefacts(outputs)) await store.putArtefact(id, name, pieces)
      await store.end(id, { status: 'finished', text: '', seconds, ...(test && { test }) })
    } catch (error) {
      this.#problem('end', error)
    } finally {
      clearInterval(this.#heartbeat)
    }
  }

  async onError(error: unknown): Promise<void> {
    const { store, id, signal } = this.#options
    const status = signal.aborted ? 'interrupted' : 'failed'
    const text = error instanceof Error ? error.message : String(error)
    try {
      await this.#settle()
      await store.end(id, { status, text })
    } catch (problem) {
      this.#problem('end', problem)
    } finally {
      clearInterval(this.#heartbeat)
    }
  }

  async #settle(): Promise<void> {
    this.#flush()
    await Promise.all([this.#flushing, this.#saving])
  }

  #flush(): void {
    const { store, id } = this.#options
    const batch = this.#waiting
    this.#flushedMs = this.#clock()
    if (Object.values(batch).every(rows => rows.length === 0)) return
    this.#waiting = nothing()
    this.#flushing = this.#flushing
      .then(async () => {
        await store.record(id, batch)
        this.#unrecorded = false
      })
      .catch(error => {
        this.#unrecorded = true
        this.#problem('record', error)
        const later = this.#waiting
        this.#waiting = {
          epochs: [...batch.epochs, ...later.epochs],
          steps: [...batch.steps, ...later.steps],
          usage: [...batch.usage, ...later.usage],
          histograms: [...batch.histograms, ...later.histograms],
          happenings: [...batch.happenings, ...later.happenings],
        }
      })
  }

  #due({ step }: TrainPlace, epochs: readonly EpochMetrics[]): boolean {
    if (step === 0) return true
    const { everySteps, everyMinutes } = this.#options.policy
    const elapsedMs = this.#clock() - this.#saved.ms
    if (everySteps !== null && step - this.#saved.step >= everySteps) return true
    if (elapsedMs >= everyMinutes * 60_000) return true
    const { stepsPerEpoch } = this.#options.plan
    if (step % stepsPerEpoch !== 0 || epochs.length * stepsPerEpoch !== step) return false
    return elapsedMs >= SHORT_MS || scoreOf(epochs.at(-1)!) < this.#best
  }

  /**
   * The state is a copy: it is written while training goes on, one checkpoint at a time, and after what was measured until
   * then, so that a run that goes on from it lacks nothing.
   */
  async #save(checkpoint: Checkpoint): Promise<void> {
    const { store, id, policy } = this.#options
    const { step, epoch, done } = checkpoint.train
    await this.#saving
    const last = checkpoint.epochs.at(-1)
    // Only at the end of an epoch have these weights been measured.
    const score = last && done === 0 && checkpoint.epochs.length === epoch ? scoreOf(last) : null
    if (score !== null) this.#best = Math.min(this.#best, score)
    this.#saved = { ms: this.#clock(), step }
    this.#flush()
    const recorded = this.#flushing
    const write = async (): Promise<void> => {
      await recorded
      if (this.#unrecorded) return
      const pieces = encodeSafetensors(checkpointToSafetensors(checkpoint))
      await store.checkpoints.put(id, { step, epoch, score }, pieces, { best: policy.keepBest })
    }
    this.#saving = write().catch(error => this.#problem('checkpoint', error))
  }

  /** What is kept of a trained network: itself, the best epoch's weights, what it makes of every test image. */
  async #artefacts(outputs: Float32Array | undefined): Promise<KeptFile[]> {
    const { network, plan } = this.#options
    const { data } = plan
    const { loss, pixelRange } = plan.spec
    const { classNames, preparation = null } = data
    const about = { classNames, loss, pixelRange, preparation }
    const modelOf = (weights: Weights, temperature: number | null) =>
      encodeSafetensors(networkTensors(network, { ...about, temperature, weights }))
    const { temperature } = network.about
    const files: KeptFile[] = [['model.safetensors', modelOf(network.weights, temperature)]]
    if (outputs) files.push(['predictions.safetensors', predictionsFile(outputs, data)])
    const best = await this.#bestWeights()
    if (best) files.push(['best.safetensors', modelOf(best, null)])
    return files
  }

  async #bestWeights(): Promise<Weights | null> {
    const { store, id } = this.#options
    const rows = (await store.checkpoints.of(id)).filter(({ score }) => score !== null)
    rows.sort((a, b) => a.score! - b.score! || a.step - b.step)
    if (!rows[0]) return null
    try {
      return decodeCheckpoint(await store.checkpoints.read(rows[0])).train.weights
    } catch (error) {
      this.#problem('best', error)
      return null
    }
  }

  #problem(kind: string, error: unknown): void {
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    const { id, onProblem } = this.#options
    onProblem(
      `Run ${id}: ${kind === 'checkpoint' ? 'a checkpoint' : 'what was measured'} could not be kept: ${(error as Error).message}`,
    )
  }
}

/** Rows that wait to be written. */
type Waiting = { -readonly [key in keyof Recorded]-?: NonNullable<Recorded[key]>[number][] }

const nothing = (): Waiting => ({ epochs: [], steps: [], usage: [], histograms: [], happenings: [] })

type KeptFile = [name: string, pieces: readonly Uint8Array[]]

/** What a network makes of every test image, as a file. */
export function predictionsFile(
  outputs: Float32Array,
  { classNames, test: { labels } }: Dataset,
): Uint8Array[] {
  return encodeSafetensors({
    metadata: { format: 'heddle-predictions', classNames: JSON.stringify(classNames) },
    tensors: new Map([
      ['outputs', { shape: [labels.length, outputs.length / labels.length], values: outputs }],
      ['labels', { shape: [labels.length], values: Float32Array.from(labels) }],
    ]),
  })
}

/** What epochs are compared by; less is better. */
function scoreOf({ valLoss, loss }: EpochMetrics): number {
  return valLoss ?? loss
}
