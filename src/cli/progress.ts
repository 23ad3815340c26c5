import { type Clock, systemClock } from '../base/clock.ts'
import { clockTime, count, plural } from '../base/text.ts'
import { epochMeasures, testMeasures } from '../nn/metrics/index.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { type Measure, type Measurements, measuredIn, onSide } from '../protocol/metric.ts'
import type { RunResult } from '../protocol/results.ts'
import type { ExperimentPlan } from '../train/run-experiment.ts'
import { type Plan, RemainingTime } from './eta.ts'
import type { Piece, Terminal } from './terminal.ts'

/** Time between two redraws: eyes see no more. */
const REDRAW_MS = 100

/** What the training of a planned experiment calls to show its progress. */
export function progressOf(terminal: Terminal, { models, seeds }: ExperimentPlan) {
  const costs = models.map(({ model, plan }) => ({ name: model, multiplyAdds: plan.model.multiplyAdds }))
  return listeners(terminal, { models: costs, runsPerModel: seeds.length })
}

/** The same for a training of one run: what others cost is not asked. */
export function progressOfOne(model: string, terminal: Terminal) {
  return listeners(terminal, { models: [{ name: model, multiplyAdds: 1 }], runsPerModel: 1 })
}

function listeners(terminal: Terminal, plan: Plan) {
  const progress = new TrainingProgress(terminal, { plan, clock: systemClock })
  return {
    onNotice: (message: string): void => terminal.notice(message),
    onEvent: (event: TrainEvent, run: Run): void => progress.onEvent(event, run),
    onRun: (model: string, result: RunResult): void => progress.onRun(model, result),
  }
}

interface Run {
  readonly model: string
  readonly seed: number
}

/** The epoch that is running. */
interface Epoch {
  readonly number: number
  readonly startedMs: number
  steps: number
  images: number
  /** Sums over the images. */
  loss: number
  accuracy: number
}

/** What the progress of a training needs of a terminal. */
export type ProgressTerminal = Pick<Terminal, 'width' | 'draw' | 'log'>

/**
 * Shows a command's training: a live line where the terminal can redraw one, and a line that stays for each epoch and
 * each finished run.
 */
export class TrainingProgress {
  readonly #terminal: ProgressTerminal
  readonly #clock: Clock
  readonly #remaining: RemainingTime
  readonly #manySeeds: boolean
  #start: Extract<TrainEvent, { type: 'run-start' }> | null = null
  #epoch: Epoch | null = null
  #drawnMs = -Infinity

  constructor(terminal: ProgressTerminal, { plan, clock }: { readonly plan: Plan; readonly clock: Clock }) {
    this.#terminal = terminal
    this.#clock = clock
    this.#remaining = new RemainingTime(plan)
    this.#manySeeds = plan.runsPerModel > 1
  }

  onEvent(event: TrainEvent, run: Run): void {
    const now = this.#clock()
    switch (event.type) {
      case 'features':
        this.#terminal.draw({
          text: `${this.#nameOf(run)}  frozen layers: ${count(event.done)} of ${plural(event.total, 'image')} …`,
        })
        break
      case 'run-start':
        this.#start = event
        // A resumed run has done a part of it.
        this.#remaining.startRun(
          run.model,
          event.trainCount * (event.epochs - event.firstStep / event.stepsPerEpoch),
          now,
        )
        this.#epoch = newEpoch(Math.floor(event.firstStep / event.stepsPerEpoch), now)
        this.#epoch.steps = event.firstStep % event.stepsPerEpoch
        this.#draw(run, now)
        break
      case 'step': {
        const epoch = this.#epoch!
        epoch.loss += event.loss * event.batchSize
        epoch.accuracy += event.accuracy * event.batchSize
        epoch.images += event.batchSize
        // Steps of another process may come as one.
        epoch.steps = event.step + 1 - event.epoch * this.#start!.stepsPerEpoch
        this.#remaining.trained(event.batchSize)
        if (now - this.#drawnMs >= REDRAW_MS || epoch.steps === this.#start!.stepsPerEpoch)
          this.#draw(run, now)
        break
      }
      case 'epoch':
        this.#terminal.log(...this.#epochLine(run, event))
        this.#epoch = newEpoch(event.epoch + 1, now)
        if (event.epoch + 1 < this.#start!.epochs) this.#draw(run, now)
        break
      case 'run-end':
        this.#terminal.draw({ text: `${this.#nameOf(run)}  testing …` })
    }
  }

  onRun(model: string, { seed, seconds, test }: RunResult): void {
    this.#remaining.endRun(this.#clock())
    const [first, ...others] = textsOf(testMeasures, onSide('test', test))
    this.#terminal.log(
      { text: this.#nameOf({ model, seed }), style: 'bold' },
      { text: first!, style: 'green' },
      { text: `${others.join('')}  in ${clockTime(seconds)}` },
    )
  }

  #nameOf({ model, seed }: Run): string {
    return this.#manySeeds ? `${model} seed ${seed}` : model
  }

  #draw(run: Run, now: number): void {
    const epoch = this.#epoch!
    const { epochs, stepsPerEpoch } = this.#start!
    const elapsed = now - epoch.startedMs
    this.#terminal.draw(
      ...liveLine(
        {
          name: this.#nameOf(run),
          epoch: epoch.number + 1,
          epochs,
          step: epoch.steps,
          steps: stepsPerEpoch,
          loss: epoch.loss / epoch.images,
          accuracy: epoch.accuracy / epoch.images,
          imagesPerSecond: elapsed > 0 ? (1000 * epoch.images) / elapsed : 0,
          remainingMs: this.#remaining.estimate(now),
        },
        // A full last column makes some terminals wrap, and Ctrl-C echoes two characters more.
        this.#terminal.width - 3,
      ),
    )
    this.#drawnMs = now
  }

  #epochLine(run: Run, { epoch, metrics, durationMs }: TrainEvent & { type: 'epoch' }): Piece[] {
    const { epochs } = this.#start!
    return [
      { text: this.#nameOf(run), style: 'bold' },
      { text: `  epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}` },
      { text: textsOf(epochMeasures, metrics).join('') },
      { text: `  ${(durationMs / 1000).toFixed(1)} s`, style: 'dim' },
    ]
  }
}

function newEpoch(number: number, startedMs: number): Epoch {
  return { number, startedMs, steps: 0, images: 0, loss: 0, accuracy: 0 }
}

function textsOf(measures: readonly Measure[], values: Measurements): string[] {
  return measuredIn(measures, [values]).map(({ name, label }) => `  ${label} ${values[name]!.toFixed(4)}`)
}

/** What the live line shows. */
export interface LiveState {
  readonly name: string
  readonly epoch: number
  readonly epochs: number
  /** Done in this epoch. */
  readonly step: number
  readonly steps: number
  /** Means over the epoch so far. */
  readonly loss: number
  readonly accuracy: number
  readonly imagesPerSecond: number
  /** The time that the whole command still takes; `null` while unknown. */
  readonly remainingMs: number | null
}

const BAR = { min: 10, max: 30 }

/** A resumed epoch has steps, but none yet that were seen. */
const shown = (step: number, mean: number): boolean => step > 0 && !Number.isNaN(mean)

/** The live line, never wider than `width`: what matters least is left out first, the bar takes what remains. */
export function liveLine(state: LiveState, width: number): Piece[] {
  const { name, epoch, epochs, step, steps, loss, accuracy, imagesPerSecond, remainingMs } = state
  const pad = (value: number, of: number): string => String(value).padStart(String(of).length)
  const head = `${name}  epoch ${pad(epoch, epochs)}/${epochs}  `
  const fields = [
    `  step ${pad(step, steps)}/${steps}`,
    shown(step, loss) ? `  loss ${loss.toFixed(4)}` : '',
    shown(step, accuracy) ? `  accuracy ${accuracy.toFixed(4)}` : '',
    step > 0 ? `  ${count(imagesPerSecond)} images/s` : '',
    remainingMs === null ? '' : `  ETA ${clockTime(remainingMs / 1000)}`,
  ]
  // In this order they go when there is no room.
  for (const i of [3, 0, 2, 1, 4]) {
    if (head.length + BAR.min + fields.join('').length <= width) break
    fields[i] = ''
  }
  const rest = fields.join('')
  const room = Math.min(BAR.max, width - head.length - rest.length)
  if (room < BAR.min) return [{ text: `${head}${rest}`.slice(0, Math.max(0, width)) }]
  const filled = Math.round((room * step) / steps)
  return [
    { text: head, style: 'bold' },
    { text: '━'.repeat(filled), style: 'cyan' },
    // Without colour the rest of the bar must look different, too.
    { text: '─'.repeat(room - filled), style: 'dim' },
    { text: rest },
  ]
}
