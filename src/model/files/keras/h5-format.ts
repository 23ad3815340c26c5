import { HeddleError, UsageError, withinLater } from '../../../base/errors.ts'
import type { Model } from '../../model.ts'
import { readAbout, writeAbout } from '../about.ts'
import { type H5File, type H5Group, readHdf5, writeHdf5 } from '../hdf5.ts'
import { jsonIn } from '../json-in.ts'
import type { ModelFormat, ReadModel } from '../model-format.ts'
import type { KerasLayer } from './keras-graph.ts'
import { type KerasArrays, readKerasModel } from './read-model.ts'
import { type KerasWords, keras2, keras3 } from './words.ts'
import { refusalOf, writeKerasModel } from './write-model.ts'

// Source: https://github.com/keras-team/keras/blob/master/keras/src/legacy/saving/legacy_h5_format.py.

/** Attributes of HDF5 have at most 64 kB where they stand in the object: Keras cuts longer lists of texts too. */
const LONGEST_LIST = 60_000

/** The older format. Keras 1 to 3 write it. Files of Heddle are for Keras 2 and 3, or for Keras 3 alone where Keras 2 lacks a layer. */
export const h5Format: ModelFormat = {
  ending: 'h5',
  sniff: start => String.fromCharCode(...start.subarray(0, 6)) === '\u0089HDF\r\n',

  read(bytes, { name, classNames }) {
    const read = (file: H5File): ReadModel => {
      const config = file.text('/', 'model_config')
      if (config === null) {
        throw new UsageError(
          'it holds weights without a model. Save the whole model in Keras: model.save("model.h5").',
        )
      }
      const about = file.text('/', 'heddle')
      return readKerasModel(
        {
          config: jsonIn(config, 'model_config'),
          version: file.text('/', 'keras_version') ?? '',
          about: readAbout(about === null ? null : jsonIn(about, 'heddle')),
          arraysOf: layer => arraysIn(file, layer),
        },
        classNames,
      )
    }
    return withinLater(name, () => readHdf5(bytes, read))
  },

  async write(file, golden) {
    const { words, refusals } = wordsFor(file.model)
    const { config, layers, fates } = writeKerasModel(file, words)
    const groups = layers.map(({ name, arrays }): [string, H5Group] => {
      const names = [...arrays.keys()].map(variable => `${name}/${variable}`)
      const inner: H5Group = { members: Object.fromEntries(arrays) }
      return [
        name,
        { attributes: listed('weight_names', names), members: names.length > 0 ? { [name]: inner } : {} },
      ]
    })
    const version = { keras_version: words === keras2 ? '2.15.0' : '3.15.1', backend: 'tensorflow' }
    const names = layers.map(({ name }) => name)
    const bytes = await writeHdf5({
      attributes: {
        ...version,
        model_config: JSON.stringify(config),
        heddle: JSON.stringify(writeAbout(file, golden)),
      },
      members: {
        model_weights: {
          attributes: { ...version, ...listed('layer_names', names) },
          members: Object.fromEntries([
            ...groups,
            ['top_level_model_weights', { attributes: { weight_names: [] } }],
          ]),
        },
      },
    })
    return {
      pieces: [bytes],
      layers: fates.map((fate, i) => {
        const refusal = refusals[i]
        return refusal ? { ...fate, remark: `${refusal} The file is for Keras 3.` } : fate
      }),
    }
  },
}

function wordsFor(model: Model): {
  readonly words: KerasWords
  readonly refusals: readonly (string | null)[]
} {
  const refusals = model.layers.map(layer => refusalOf(layer, keras2))
  return { words: refusals.every(refusal => refusal === null) ? keras2 : keras3, refusals }
}

function listed(name: string, texts: readonly string[]): NonNullable<H5Group['attributes']> {
  const longest = Math.max(1, ...texts.map(text => text.length))
  const perPart = Math.floor(LONGEST_LIST / longest)
  if (texts.length <= perPart) return { [name]: texts }
  const parts = Array.from({ length: Math.ceil(texts.length / perPart) }, (_, i) =>
    texts.slice(i * perPart, (i + 1) * perPart),
  )
  return Object.fromEntries(parts.map((part, i) => [`${name}${i}`, part]))
}

/** Names of weights are followed, not groups: those are sorted, and names of layers may hold "/". */
function arraysIn(file: H5File, layer: KerasLayer): KerasArrays {
  const [outermost = layer.name] = layer.within
  const root = file.isGroup('/model_weights') ? '/model_weights' : '/'
  const group = `${root}/${outermost}`
  const all = file.texts(group, 'weight_names') ?? []
  const own = layer.within.length === 0 ? all : all.filter(name => `/${name}`.includes(`/${layer.name}/`))
  const paths = own.map(name => `${group}/${name}`)
  return {
    shapes: paths.map(path => {
      const shape = file.shape(path)
      if (shape) return shape
      throw new HeddleError(`its weights "${path}" are not in the file.`)
    }),
    numbers: index => file.numbers(paths[index]!),
  }
}
