import type { Dataset } from '../data/dataset.ts'
import { layerOutputs } from '../insight/explain/activations.ts'
import { lastHiddenLayer } from '../insight/explain/embedding.ts'
import { Network } from '../network/network.ts'
import { outputsOf } from '../network/predict.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { onSide } from '../protocol/metric.ts'
import type { RunResult } from '../protocol/results.ts'
import { wallClock } from '../store/wall-clock.ts'
import type { TrainSpec } from '../train/options.ts'
import { Board, type BoardRun } from './board.ts'
import { gradientsOf } from './probe.ts'

/** Of a run's steps, no more points than this are drawn. */
const POINTS = 1000

/** Writes a run's events for TensorBoard while it trains. */
export class LiveBoard {
  readonly #board: Board
  readonly #network: Network
  readonly #data: Dataset
  readonly #train: TrainSpec
  #stride = 1
  #epochs = 0
  /** What asks the network while it trains on. */
  #asking: Promise<void> = Promise.resolve()
  #problem: unknown

  constructor(
    folder: string,
    run: Omit<BoardRun, 'model' | 'train'>,
    about: { readonly network: Network; readonly data: Dataset; readonly train: TrainSpec },
  ) {
    const { network, data, train } = about
    this.#board = new Board(folder, { ...run, model: network.model, train })
    this.#network = network
    this.#data = data
    this.#train = train
    this.#board.start()
    this.#board.samples(data)
  }

  onEvent(event: TrainEvent): void {
    const now = wallClock()
    if (event.type === 'run-start') this.#stride = Math.ceil((event.epochs * event.stepsPerEpoch) / POINTS)
    if (event.type === 'step' && event.step % this.#stride === 0) {
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
    const ask = async (): Promise<void> => {
      this.#board.histograms(epoch, now, 'gradients', await gradientsOf(then, this.#data, this.#train))
    }
    this.#asking = this.#asking.then(ask).catch(error => {
      this.#problem ??= error
    })
  }

  async onEnd({ test }: RunResult): Promise<void> {
    await this.#asking
    if (this.#problem !== undefined) throw this.#problem
    const { pixelRange, batchSize } = this.#train
    const { images, labels } = this.#data.test
    const outputs = await outputsOf(this.#network, images, { pixelRange, batchSize })
    const now = wallClock()
    const last = Math.max(0, this.#epochs - 1)
    this.#board.predictions(last, now, { outputs, labels, classNames: this.#data.classNames })
    const layer = lastHiddenLayer(this.#network.model)
    this.#board.projector(await layerOutputs(this.#network, images, { layer, pixelRange }), this.#data)
    this.#board.end(last, now, onSide('test', test))
  }

  async onError(): Promise<void> {
    await this.#asking
    this.#board.end(Math.max(0, this.#epochs - 1), wallClock(), {})
  }
}
