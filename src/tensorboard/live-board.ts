import { Network } from '../network/network.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { onSide } from '../protocol/metric.ts'
import type { RunResult } from '../protocol/results.ts'
import { wallClock } from '../store/wall-clock.ts'
import { isKept, type Plan } from '../train/plan.ts'
import { Board, type BoardRun } from './board.ts'

/** Writes a run's events for TensorBoard while it trains. */
export class LiveBoard {
  readonly #board: Board
  readonly #network: Network
  readonly #plan: Plan
  #epochs = 0
  /** What asks the network while it trains on. */
  #asking: Promise<void> = Promise.resolve()
  #problem: unknown

  constructor(
    folder: string,
    run: Omit<BoardRun, 'model' | 'train'>,
    { network, plan }: { readonly network: Network; readonly plan: Plan },
  ) {
    this.#board = new Board(folder, { ...run, model: network.model, train: plan.spec })
    this.#network = network
    this.#plan = plan
    this.#board.start()
    this.#board.samples(plan.data)
  }

  onEvent(event: TrainEvent): void {
    const now = wallClock()
    if (event.type === 'step' && isKept(event.step, this.#plan)) {
      this.#board.step(event.step, now, event.loss, event.accuracy)
    }
    if (event.type !== 'epoch') return
    const { epoch, metrics } = event
    this.#epochs = epoch + 1
    this.#board.epoch(epoch, now, metrics)
    const { model, weights, backend } = this.#network
    this.#board.histograms(epoch, now, 'weights', weights)
    // The weights of this epoch, in a network of their own.
    const then = new Network(model, weights, backend)
    const ask = () => this.#board.gradients(epoch, now, then, this.#plan.data)
    this.#asking = this.#asking.then(ask).catch(error => {
      this.#problem ??= error
    })
  }

  async onEnd({ test }: RunResult, outputs: Float32Array): Promise<void> {
    await this.#asking
    if (this.#problem !== undefined) throw this.#problem
    const { data } = this.#plan
    const now = wallClock()
    const last = Math.max(0, this.#epochs - 1)
    this.#board.predictions(last, now, { outputs, labels: data.test.labels, classNames: data.classNames })
    await this.#board.projector(this.#network, data)
    this.#board.end(last, now, onSide('test', test))
  }

  async onError(): Promise<void> {
    await this.#asking
    this.#board.end(Math.max(0, this.#epochs - 1), wallClock(), {})
  }
}
