/**
 * Which optimizer were reports 000 and 001 trained with? They do not say; section 4.3 of the facts about them proposes this
 * sweep: five optimizers with Keras' defaults, pixels in [0, 1] or raw, up to 20 epochs.
 *
 *     npx jiti bench/optimizer-sweep.ts        # about an hour; goes on where it was stopped
 *
 * Writes bench/results/optimizer-sweep.json: the accuracy and loss of every epoch, training (dropout on) and test.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  createNetwork,
  type ExperimentSpec,
  fashionMnist,
  fit,
  type History,
  loadDataset,
  nativeBackend,
  trainingOf,
} from 'heddle'
import activationHeads from '../experiments/activation-heads.ts'
import conv1dEight from '../experiments/conv1d-eight.ts'

const FILE = new URL('results/optimizer-sweep.json', import.meta.url)
const EPOCHS = 20

interface Row {
  readonly model: string
  readonly optimizer: string
  readonly pixelRange: 'unit' | 'raw'
  readonly history: History
}

const subjects: readonly (readonly [report: string, ExperimentSpec, models: readonly string[]])[] = [
  ['000', conv1dEight, ['model-1', 'model-5', 'model-8']],
  ['001', activationHeads, ['model-1', 'model-2', 'model-3']],
]
/** Nearest first, as the first rows told. */
const settings = [
  ['adadelta', 'unit'],
  ['adagrad', 'unit'],
  ['adadelta', 'raw'],
  ['sgd', 'unit'],
  ['adam', 'unit'],
  ['rmsprop', 'unit'],
  ['sgd', 'raw'],
  ['adagrad', 'raw'],
  ['adam', 'raw'],
  ['rmsprop', 'raw'],
] as const

const rows: Row[] = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : []
const data = await loadDataset(fashionMnist())
const backend = nativeBackend()
for (const [optimizer, pixelRange] of settings) {
  for (const [report, experiment, models] of subjects) {
    for (const name of models) {
      const model = `${report}/${name}`
      const done = rows.some(
        row => row.model === model && row.optimizer === optimizer && row.pixelRange === pixelRange,
      )
      if (done) continue
      const network = createNetwork(experiment.models[name]!, {
        inputShape: data.imageShape,
        seed: 1,
        backend,
      })
      const history = await fit(network, data, {
        ...trainingOf(experiment, name),
        optimizer,
        pixelRange,
        epochs: EPOCHS,
        seed: 1,
      })
      rows.push({ model, optimizer, pixelRange, history })
      writeFileSync(FILE, `${JSON.stringify(rows, null, 1)}\n`)
      const [at10, at20] = [history.valAccuracy!.at(9), history.valAccuracy!.at(-1)]
      console.log(model, optimizer, pixelRange, 'test after 10 and 20 epochs:', at10, at20)
    }
  }
}
