import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../base/files.ts'
import { augmentedVersions } from '../data/augment/versions.ts'
import type { Dataset } from '../data/dataset.ts'
import { confusionMatrix, predictedClasses } from '../insight/evaluate/confusion.ts'
import { layerOutputs } from '../insight/explain/activations.ts'
import { lastHiddenLayer } from '../insight/explain/embedding.ts'
import { INPUT } from '../model/graph.ts'
import type { Model } from '../model/model.ts'
import { gradientsOf } from '../network/gradients.ts'
import type { Network } from '../network/network.ts'
import { epochMeasures, testMeasures } from '../nn/metrics/index.ts'
import type { Floats } from '../ops/op.ts'
import { normalized } from '../protocol/confusion.ts'
import type { EpochMetrics } from '../protocol/events.ts'
import { kerasName, type Measurements, measuredIn } from '../protocol/metric.ts'
import type { readPredictions } from '../runs/stored.ts'
import { heatMap } from '../show/heat-map.ts'
import { sprite } from '../show/image-grid.ts'
import { encodePng } from '../show/png.ts'
import { rasterize } from '../show/rasterize.ts'
import { augmentFor } from '../train/augment.ts'
import type { TrainSpec } from '../train/options.ts'
import { EventFile, histogram, image, scalar, textTensor } from './event-file.ts'
import { prCurve, sessionEnd, sessionStart } from './plugins.ts'

export interface BoardRun {
  /** Becomes the folder: what TensorBoard calls the run. */
  readonly name: string
  readonly startedMs: number
  /** Runs of one configuration are put together, whatever their seed. */
  readonly configuration: string
  readonly seed: number
  readonly model: Model
  readonly train: TrainSpec
}

/** How many images are shown, and how many versions of each. */
const SHOWN = 6
const VERSIONS = 4
/** Training images for gradients: enough for one that means something. */
const EXAMPLES = 256
/** Points of the projector. */
const POINTS = 1000

/** One run in a folder that TensorBoard reads. */
export class Board {
  readonly #folder: string
  readonly #run: BoardRun
  readonly #files: { readonly about: EventFile; readonly train: EventFile; readonly validation: EventFile }

  constructor(folder: string, run: BoardRun) {
    this.#folder = join(folder, run.name)
    this.#run = run
    const file = (sub: string) => new EventFile(join(this.#folder, sub), run.startedMs)
    this.#files = { about: file('.'), train: file('train'), validation: file('validation') }
  }

  /** Options, and the graph of layers. */
  start(): void {
    const { configuration, startedMs, model, train, seed } = this.#run
    const about = [
      sessionStart(optionsOf(train, model, seed), configuration, startedMs),
      textTensor('keras', kerasJson(model), { name: 'graph_keras_model', content: Buffer.from('1') }),
    ]
    this.#files.about.add(0, startedMs, about)
  }

  step(step: number, atMs: number, loss: number, accuracy: number): void {
    this.#files.train.add(step, atMs, [scalar('batch_loss', loss), scalar('batch_accuracy', accuracy)])
  }

  /** Under Keras' tags: `epoch_loss`, once of the training and once of the validation. */
  epoch(epoch: number, atMs: number, metrics: EpochMetrics): void {
    const measured = measuredIn(epochMeasures, [metrics])
    for (const file of ['train', 'validation'] as const) {
      const scalars = measured
        .filter(({ side }) => (side === 'validation') === (file === 'validation'))
        .map(({ name, side, metric }) => {
          const after = side === 'remeasured' ? '_after_epoch' : ''
          return scalar(`epoch_${kerasName(metric.name)}${after}`, metrics[name]!)
        })
      if (file === 'train') scalars.push(scalar('epoch_learning_rate', metrics.learningRate))
      this.#files[file].add(epoch, atMs, scalars)
    }
  }

  /** How much some training images would change the weights. */
  async gradients(epoch: number, atMs: number, network: Network, data: Dataset): Promise<void> {
    const found = await gradientsOf(network, data.train.first(EXAMPLES), this.#run.train)
    this.histograms(epoch, atMs, 'gradients', found)
  }

  /** `what`: weights or gradients. */
  histograms(epoch: number, atMs: number, what: string, arrays: ReadonlyMap<string, Floats>): void {
    const values = [...arrays].map(([name, numbers]) => histogram(`${what}/${name}`, numbers))
    this.#files.about.add(epoch, atMs, values)
  }

  /** Training images as they are, and as the first steps see them. */
  samples(data: Dataset): void {
    const { train, seed, startedMs } = this.#run
    const examples = data.train.first(SHOWN)
    const images = Array.from(examples.labels, (label, i) => ({
      label: data.classNames[label]!,
      pixels: examples.at(i),
    }))
    const [height, width, channels] = data.imageShape
    if (channels !== 1 && channels !== 3) return
    const shown = (name: string, pixels: Uint8Array) =>
      image(name, encodePng(pixels, [height, width, channels]), data.imageShape)
    const values = images.map(({ label, pixels }, i) => shown(`samples/${i} ${label}`, pixels))
    const augment = augmentFor(train, { shape: data.imageShape, seed })
    if (augment) {
      const options = { augment: { ...augment, white: 255 }, versions: VERSIONS }
      augmentedVersions(images, options).forEach((versions, i) => {
        for (const [step, pixels] of versions.slice(1).entries()) {
          values.push(shown(`augmented/${i} ${images[i]!.label} in step ${step}`, pixels))
        }
      })
    }
    this.#files.about.add(0, startedMs, values)
  }

  /** The confusion matrix of the test images, and a precision-recall curve for each class. */
  predictions(
    epoch: number,
    atMs: number,
    { outputs, labels, classNames }: ReturnType<typeof readPredictions>,
  ): void {
    const width = outputs.length / labels.length
    const names = Array.from({ length: width }, (_, i) => classNames[i] ?? `output ${i}`)
    const matrix = normalized(confusionMatrix(labels, predictedClasses(outputs, width), width), 'row')
    const title = `${this.#run.name}: share of each label`
    const picture = heatMap({ title, classNames: names, matrix, kind: 'shares' })
    const size = [picture.height, picture.width, 4] as const
    const curves = names.map((name, c) =>
      prCurve(`pr/${name}`, {
        scores: Array.from(labels, (_, i) => outputs[i * width + c]!),
        isClass: Array.from(labels, label => label === c),
      }),
    )
    this.#files.about.add(epoch, atMs, [image('confusion matrix', rasterize(picture, 1), size), ...curves])
  }

  /** What test images are to a layer, for the projector: vectors, labels and a sprite. */
  async projector(network: Network, data: Dataset): Promise<void> {
    const { pixelRange } = this.#run.train
    const layer = lastHiddenLayer(network.model)
    const vectors = await layerOutputs(network, data.test.images, { layer, pixelRange })
    const width = vectors.length / data.test.count
    const shown = data.test.first(POINTS)
    const [height, imageWidth, channels] = data.imageShape
    if (channels !== 1 && channels !== 3) return
    makeFolder(this.#folder)
    const rows = Array.from(shown.labels, (_, i) =>
      [...vectors.subarray(i * width, (i + 1) * width)].join('\t'),
    )
    writeFileSync(join(this.#folder, 'vectors.tsv'), `${rows.join('\n')}\n`)
    const names = Array.from(shown.labels, label => data.classNames[label]!)
    writeFileSync(join(this.#folder, 'metadata.tsv'), `${names.join('\n')}\n`)
    const columns = Math.ceil(Math.sqrt(shown.count))
    const pictures = Array.from(shown.labels, (_, i) => shown.at(i))
    writeFileSync(
      join(this.#folder, 'sprite.png'),
      rasterize(sprite(pictures, { imageShape: data.imageShape, columns }), 1),
    )
    const config = [
      'embeddings {',
      '  tensor_name: "test images before the last layer"',
      '  tensor_path: "vectors.tsv"',
      '  metadata_path: "metadata.tsv"',
      `  sprite { image_path: "sprite.png" single_image_dim: ${imageWidth} single_image_dim: ${height} }`,
      '}',
    ]
    writeFileSync(join(this.#folder, 'projector_config.pbtxt'), `${config.join('\n')}\n`)
  }

  /** After the last epoch: what the hparams page compares runs by. `metrics`: of the test, if there was one. */
  end(epoch: number, atMs: number, metrics: Measurements): void {
    const tested = measuredIn(testMeasures, [metrics]).map(({ name }) =>
      scalar(kerasName(name), metrics[name]!),
    )
    this.#files.about.add(epoch, atMs, [...tested, sessionEnd(tested.length > 0, atMs)])
  }
}

function optionsOf(train: TrainSpec, model: Model, seed: number): Map<string, string | number | boolean> {
  const options = new Map<string, string | number | boolean>([
    ['seed', seed],
    ['params', model.parameterCount],
    ['optimizer', train.optimizer.kind],
    ['loss', train.loss.kind],
  ])
  const rate = train.optimizer.learningRate
  options.set('learningRate', typeof rate === 'number' ? rate : rate.kind)
  for (const name of ['epochs', 'batchSize', 'validationSplit', 'shuffle', 'pixelRange'] as const) {
    options.set(name, train[name])
  }
  options.set('augmentation', train.augmentation.map(({ kind }) => kind).join(', ') || 'none')
  return options
}

/** How Keras 3 writes that a layer reads another. */
function kerasTensor(from: string): object {
  return { class_name: '__keras_tensor__', config: { dtype: 'float32', keras_history: [from, 0, 0] } }
}

/** The model as Keras describes one that is no chain: what the graph page draws. */
function kerasJson({ layers, inputShape }: Model): string {
  const input = {
    class_name: 'InputLayer',
    name: INPUT,
    config: { batch_input_shape: [null, ...inputShape], dtype: 'float32', name: INPUT },
    inbound_nodes: [],
  }
  const nodes = layers.map(({ name, className, inputs }) => ({
    class_name: className,
    name,
    config: { name, dtype: 'float32' },
    inbound_nodes: [{ args: inputs.map(kerasTensor), kwargs: {} }],
  }))
  const config = {
    name: 'model',
    layers: [input, ...nodes],
    input_layers: [[INPUT, 0, 0]],
    output_layers: [[layers.at(-1)!.name, 0, 0]],
  }
  return JSON.stringify({ class_name: 'Functional', config, keras_version: '3.0.0', backend: 'tensorflow' })
}
