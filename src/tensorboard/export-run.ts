import type { Dataset } from '../data/dataset.ts'
import type { Backend } from '../engine/backend.ts'
import { buildModel } from '../model/model.ts'
import { decodeModel } from '../network/decode-model.ts'
import { Network } from '../network/network.ts'
import { readPredictions, storedRun } from '../runs/stored.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import { Board } from './board.ts'

/** `three-class-deep-s1-3f9a12cd`: what TensorBoard calls a run. */
export function boardName({
  experiment,
  model,
  seed,
  id,
}: Pick<Run, 'experiment' | 'model' | 'seed' | 'id'>): string {
  return `${experiment}-${model}-s${seed}-${id.slice(0, 8)}`
}

interface ExportOptions {
  readonly store: RunStore
  readonly id: string
  readonly data: Dataset
  readonly backend: Backend
}

/** Writes what the store has of a run for TensorBoard; with its data also images, gradients and the projector. */
export async function exportRun(folder: string, { store, id, data, backend }: ExportOptions): Promise<void> {
  const run = await store.run(id)
  const { train, model: spec } = await storedRun(store, run)
  const model = buildModel(spec, data.imageShape)
  const { createdAt: startedMs, configuration, seed } = run
  const board = new Board(folder, { name: boardName(run), startedMs, configuration, seed, model, train })
  board.start()
  board.samples(data)
  let atMs = startedMs
  const steps = await store.steps(id)
  for (const { epoch, durationMs, metrics } of await store.epochs(id)) {
    const first = epoch * run.stepsPerEpoch
    for (const { step, loss, accuracy } of steps) {
      if (step < first || step >= first + run.stepsPerEpoch) continue
      board.step(step, atMs + ((step - first) / run.stepsPerEpoch) * durationMs, loss, accuracy)
    }
    atMs += durationMs
    board.epoch(epoch, atMs, metrics)
  }
  const last = Math.max(0, run.epochsDone - 1)
  const file = await store.artefact(id, 'model.safetensors')
  if (file) {
    const network = decodeModel(file.bytes, { backend, name: file.where })
    const trained = new Network(model, network.weights, backend)
    board.histograms(last, atMs, 'weights', trained.weights)
    await board.gradients(last, atMs, trained, data)
    await board.projector(trained, data)
  }
  const predicted = await store.artefact(id, 'predictions.safetensors')
  if (predicted) {
    board.predictions(last, atMs, { ...readPredictions(predicted), classNames: data.classNames })
  }
  board.end(last, atMs, run.metrics)
}
