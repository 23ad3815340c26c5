import type { EpochMetrics, TrainEvent } from '../protocol/events.ts'
import { type Clock, systemClock } from '../train/clock.ts'
import { whole } from './table.ts'

/** Where progress is drawn: stderr, or a recording in tests. */
export interface ProgressOutput {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): void
}

const REDRAW_MS = 100
const CLEAR = '\r\u001b[K'

/**
 * Progress of several trainings, one after the other. On a terminal: a line that is redrawn ten times a second, and
 * one that stays for each epoch. Elsewhere: only those that stay.
 */
export class Progress {
  readonly #output: ProgressOutput
  readonly #clock: Clock
  readonly #runs: number
  #run = -1
  #name = ''
  #start: Extract<TrainEvent, { type: 'run-start' }> | null = null
  #runStarted = 0
  #drawn = -Infinity
  /** How long the finished runs took. */
  readonly #finishedMs: number[] = []

  constructor({
    output,
    runs,
    clock = systemClock,
  }: { output: ProgressOutput; runs: number; clock?: Clock }) {
    this.#output = output
    this.#runs = runs
    this.#clock = clock
  }

  onEvent(event: TrainEvent, { model, seed }: { readonly model: string; readonly seed: number }): void {
    switch (event.type) {
      case 'run-start':
        this.#run++
        this.#name = `${model}, seed ${seed}`
        this.#start = event
        this.#runStarted = this.#clock()
        break
      case 'step':
        this.#draw(event)
        break
      case 'epoch':
        this.#keep(epochLine(this.#name, event, this.#start!.epochs))
        break
      case 'run-end':
        this.#finishedMs.push(this.#clock() - this.#runStarted)
        break
    }
  }

  /** Removes the line that is being redrawn. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write(CLEAR)
  }

  #keep(line: string): void {
    this.clear()
    this.#output.write(`${line}\n`)
  }

  #draw(event: Extract<TrainEvent, { type: 'step' }>): void {
    const now = this.#clock()
    if (!this.#output.isTTY || now - this.#drawn < REDRAW_MS) return
    this.#drawn = now
    const { epochs, stepsPerEpoch, trainCount } = this.#start!
    const steps = event.step + 1
    const elapsed = now - this.#runStarted
    const share = steps / (epochs * stepsPerEpoch)
    const rate = (1000 * (steps / stepsPerEpoch) * trainCount) / Math.max(elapsed, 1)
    // Runs to come are thought to take as long as this one: a guess that gets better with every run.
    const runMs = elapsed / share
    const left = runMs - elapsed + (this.#runs - this.#run - 1) * runMs
    const line = [
      `${this.#name}  epoch ${event.epoch + 1}/${epochs}`,
      bar((steps % stepsPerEpoch || stepsPerEpoch) / stepsPerEpoch),
      `loss ${event.loss.toFixed(4)}`,
      `accuracy ${event.accuracy.toFixed(4)}`,
      `${whole(rate)} images/s`,
      `${duration(left)} left`,
    ].join('  ')
    this.#output.write(`${CLEAR}${line.slice(0, Math.max(20, this.#output.columns - 1))}`)
  }
}

/** One epoch as a line. */
export function epochLine(
  name: string,
  {
    epoch,
    metrics,
    durationMs,
  }: { readonly epoch: number; readonly metrics: EpochMetrics; readonly durationMs: number },
  epochs: number,
): string {
  const parts = [`${name}  epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`]
  const add = (label: string, loss: number | null, accuracy: number | null): void => {
    if (loss !== null && accuracy !== null)
      parts.push(`${label}loss ${loss.toFixed(4)}  ${label}accuracy ${accuracy.toFixed(4)}`)
  }
  add('', metrics.loss, metrics.accuracy)
  add('train ', metrics.trainLoss, metrics.trainAccuracy)
  add('val ', metrics.valLoss, metrics.valAccuracy)
  parts.push(`${(durationMs / 1000).toFixed(1)} s`)
  return parts.join('  ')
}

function bar(share: number): string {
  const width = 20
  const full = Math.round(share * width)
  return `${'━'.repeat(full)}${'╌'.repeat(width - full)}`
}

/** `42 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`
}
