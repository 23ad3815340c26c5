import { HeddleError, UsageError, withinLater } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { readAbout, writeAbout } from '../about.ts'
import { jsonIn } from '../json-in.ts'
import type { KerasLayer } from '../keras/keras-graph.ts'
import { type KerasArrays, readKerasModel } from '../keras/read-model.ts'
import { writeKerasModel } from '../keras/write-model.ts'
import type { ModelFormat } from '../model-format.ts'
import { readManifest, type StoredArray } from './manifest.ts'
import { tfjsWords } from './words.ts'

// Source: https://github.com/tensorflow/tfjs/blob/master/tfjs-layers/src/models.ts.

/** Browsers keep files of this size. */
const SHARD = 4 * 2 ** 20

type Json = Readonly<Record<string, unknown>>

/** Layers models of TensorFlow.js: `model.json`, and weights in files beside it. */
export const tfjsFormat: ModelFormat = {
  ending: 'json',
  hasFolder: true,
  sniff: start => /^\s*\{/.test(new TextDecoder('latin1').decode(start.subarray(0, 16))),

  read(bytes, { name, classNames, beside }) {
    return withinLater(name, async () => {
      const model = layersModel(bytes)
      const arrays = await readManifest(model.manifest, path => {
        if (beside) return beside(path)
        throw new UsageError(`its weights are in ${show(path)}, a file beside it, which cannot be read here.`)
      })
      const [unused, owned] = [new Set(arrays), byOwner(arrays)]
      const read = readKerasModel(
        {
          config: model.topology,
          version: model.version,
          about: readAbout(model.about),
          refusal: tfjsWords.refusal,
          arraysOf: layer => arraysOf(layer, owned, unused),
        },
        classNames,
      )
      const [left] = unused
      if (!left) return read
      throw new HeddleError(`its weights "${left.name.slice(0, 200)}" belong to no layer of the model.`)
    })
  },

  async write(file, golden) {
    const { config, layers, fates } = writeKerasModel(file, tfjsWords)
    const arrays = layers.flatMap(({ name, arrays }) =>
      [...arrays].map(([own, array]) => ({ name: `${name}/${own}`, ...array })),
    )
    const bytes = Buffer.concat(arrays.map(({ values }) => bytesOf(values)))
    const count = Math.max(1, Math.ceil(bytes.length / SHARD))
    const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`)
    const model = {
      format: 'layers-model',
      generatedBy: 'Heddle',
      convertedBy: null,
      modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: config },
      weightsManifest: [
        { paths, weights: arrays.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
      ],
      userDefinedMetadata: { heddle: writeAbout(file, golden) },
    }
    const shards = paths.map((path, i) => [path, [bytes.subarray(i * SHARD, (i + 1) * SHARD)]] as const)
    return { pieces: [Buffer.from(JSON.stringify(model))], beside: new Map(shards), layers: fates }
  },
}

interface LayersModel {
  readonly topology: unknown
  /** The version of Keras whose functions it means. */
  readonly version: string
  readonly manifest: unknown
  readonly about: unknown
}

function layersModel(bytes: Uint8Array): LayersModel {
  const json = jsonIn(bytes, 'it') as Json
  const { format, modelTopology, weightsManifest, userDefinedMetadata } = json
  if (format === 'graph-model' || (modelTopology as Json | null | undefined)?.node !== undefined) {
    throw new UsageError(
      'it is a graph model of TensorFlow.js, which has operations in place of layers. Convert the Keras model that it was made of, with tensorflowjs_converter --output_format tfjs_layers_model, or import that one.',
    )
  }
  if (typeof modelTopology !== 'object' || modelTopology === null)
    throw new UsageError(
      'it is a JSON file, but no model of TensorFlow.js: it has no "modelTopology". Name the model.json.',
    )
  const { model_config: config, keras_version: version } = modelTopology as Json
  return {
    topology: config ?? modelTopology,
    version: typeof version === 'string' && !version.startsWith('tfjs') ? version : '2',
    manifest: weightsManifest,
    about: (userDefinedMetadata as Json | null | undefined)?.heddle,
  }
}

/** The names that Keras gives the weights of a layer, in its order: the file has them in any order. */
const ORDER = [
  ...['depthwise_kernel', 'pointwise_kernel', 'kernel', 'gamma', 'beta', 'bias', 'alpha'],
  ...['moving_mean', 'moving_variance'],
]
/** Models in models, and parts of one name between "/". */
const MAX_DEPTH = 16

type ByOwner = ReadonlyMap<string, readonly StoredArray[]>

/** Arrays by the end of their path: `conv` and `model/conv` for `model/conv/kernel`, as Keras 3 puts the names of models in front. */
function byOwner(arrays: readonly StoredArray[]): ByOwner {
  const found = new Map<string, StoredArray[]>()
  for (const array of arrays) {
    const path = array.name.split('/').slice(0, -1)
    for (let from = Math.max(0, path.length - MAX_DEPTH); from < path.length; from++) {
      const owner = path.slice(from).join('/')
      const known = found.get(owner)
      if (known) known.push(array)
      else found.set(owner, [array])
    }
  }
  return found
}

function arraysOf({ name, within }: KerasLayer, arrays: ByOwner, unused: Set<StoredArray>): KerasArrays {
  const all = arrays.get([...within, name].join('/')) ?? arrays.get(name) ?? []
  const partOf = (array: StoredArray): string => array.name.split('/').at(-1)!.replace(/:\d+$/, '')
  const own = all
    .map(array => ({ array, rank: ORDER.indexOf(partOf(array)) }))
    .sort((a, b) => a.rank - b.rank)
  const [first] = own
  if (first && first.rank < 0)
    throw new HeddleError(
      `it has weights "${partOf(first.array).slice(0, 100)}", which Heddle's layer does not have.`,
    )
  for (const { array } of own) unused.delete(array)
  return {
    shapes: own.map(({ array }) => array.shape),
    numbers: index => own[index]!.array.numbers(),
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
