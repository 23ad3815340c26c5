import { systemClock } from '../base/clock.ts'
import type { TaskEvent } from '../protocol/tasks.ts'
import type { ExperimentPlan } from '../train/run-experiment.ts'
import { TrainingProgress } from './progress.ts'
import type { Piece, Terminal } from './terminal.ts'

/** Shows trainings that run side by side: a live line for each, and the lines that stay as they come. */
export class SideBySide {
  readonly #terminal: Terminal
  readonly #seeds: number
  /** By worker. */
  readonly #lines = new Map<number, readonly Piece[]>()
  readonly #progress = new Map<number, TrainingProgress>()

  constructor(terminal: Terminal, { seeds }: Pick<ExperimentPlan, 'seeds'>) {
    this.#terminal = terminal
    this.#seeds = seeds.length
  }

  onEvent(event: TaskEvent, worker: number): void {
    switch (event.type) {
      case 'notice':
        this.#terminal.notice(event.text)
        break
      case 'training':
        // What comes before the start of a run is shown, too.
        if (event.event.type === 'run-start' || !this.#progress.has(worker))
          this.#begin(event.run.model, worker)
        this.#progress.get(worker)!.onEvent(event.event, event.run)
        break
      case 'run':
        // A run that was finished before has no progress.
        if (!this.#progress.has(worker)) this.#begin(event.run.model, worker)
        this.#progress.get(worker)!.onRun(event.run.model, event.result)
        this.#progress.delete(worker)
        this.#lines.delete(worker)
        break
    }
    this.#redraw()
  }

  /** The time that is left is that of this one run. */
  #begin(model: string, worker: number): void {
    const terminal = this.#terminal
    const part = {
      get width() {
        return terminal.width
      },
      log: (...pieces: readonly Piece[]) => terminal.log(...pieces),
      draw: (...pieces: readonly Piece[]) => void this.#lines.set(worker, pieces),
    }
    const plan = { models: [{ name: model, multiplyAdds: 1, runs: 1 }], runsPerModel: this.#seeds }
    this.#progress.set(worker, new TrainingProgress(part, { plan, clock: systemClock }))
  }

  #redraw(): void {
    const lines = [...this.#lines].sort(([a], [b]) => a - b).map(([, line]) => line)
    if (lines.length > 0) this.#terminal.drawLines(lines)
  }
}
