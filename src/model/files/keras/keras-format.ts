import { HeddleError, UsageError, withinLater } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { readAbout, writeAbout } from '../about.ts'
import { fileKind } from '../file-kind.ts'
import { type H5File, type H5Group, readHdf5, writeHdf5 } from '../hdf5.ts'
import { jsonIn } from '../json-in.ts'
import type { ModelFormat } from '../model-format.ts'
import { readZip, writeZip } from '../zip.ts'
import type { KerasLayer } from './keras-graph.ts'
import { type KerasArrays, readKerasModel } from './read-model.ts'
import { groupCounter } from './spelling.ts'
import { keras3 } from './words.ts'
import { writeKerasModel } from './write-model.ts'

// Source: https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py.

const MEMBERS = ['metadata.json', 'config.json', 'model.weights.h5'] as const
/** Whose format is written. */
const KERAS_VERSION = '3.15.1'

/** Keras' own format: a ZIP archive of a configuration and weights. */
export const kerasFormat: ModelFormat = {
  ending: 'keras',
  sniff: start => fileKind(start)?.includes('.keras') === true,

  read(bytes, { name, classNames }) {
    return withinLater(name, async () => {
      const archive = await readZip(bytes, MEMBERS)
      const member = (of: (typeof MEMBERS)[number]): Uint8Array => {
        const found = archive.get(of)
        if (found) return found
        throw new UsageError(`it has no ${of}: it is no Keras model, or was cut short.`)
      }
      const config = jsonIn(member('config.json'), 'config.json')
      const metadata = jsonIn(member('metadata.json'), 'metadata.json') as Record<string, unknown> | null
      const version = String(metadata?.keras_version ?? '')
      return readHdf5(member('model.weights.h5'), weights =>
        readKerasModel(
          {
            config,
            version,
            about: readAbout(metadata?.heddle),
            arraysOf: layer => arraysIn(weights, layer),
          },
          classNames,
        ),
      )
    })
  },

  async write(file, golden) {
    const { config, layers, fates, isSequential, inputName } = writeKerasModel(file, keras3)
    const next = groupCounter()
    const groups: Record<string, H5Group> = isSequential
      ? {}
      : { [next('InputLayer')]: variables(inputName, []) }
    for (const { name, className, arrays } of layers)
      groups[next(className)] = variables(name, [...arrays.values()])
    const weights = await writeHdf5({
      members: {
        layers: { members: groups },
        ...variables(isSequential ? 'sequential' : 'functional', []).members,
      },
    })
    const metadata = {
      keras_version: KERAS_VERSION,
      date_saved: '1980-01-01@00:00:00',
      heddle: writeAbout(file, golden),
    }
    const bytes = await writeZip({
      'metadata.json': utf8(metadata),
      'config.json': utf8(config),
      'model.weights.h5': weights,
    })
    return { pieces: [bytes], layers: fates }
  },
}

function utf8(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** A group of a layer: `vars` with its variables by number, and the layer's name to check them by. */
function variables(name: string, arrays: readonly NonNullable<H5Group['members']>[string][]): H5Group {
  const members = Object.fromEntries(arrays.map((array, i) => [String(i), array]))
  return { members: { vars: { attributes: { name }, members } } }
}

function arraysIn(file: H5File, layer: KerasLayer): KerasArrays {
  const vars = `/${layer.group}/vars`
  if (!file.isGroup(vars)) return { shapes: [], numbers: noNumbers }
  const named = file.text(vars, 'name')
  if (named !== null && named !== layer.name) {
    throw new HeddleError(
      `its weights should be in "${layer.group}", but those are of ${show(named)}. The file is damaged, or was changed after it was saved.`,
    )
  }
  const paths = file
    .names(vars)
    .filter(name => /^\d{1,6}$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .map(name => `${vars}/${name}`)
  return {
    shapes: paths.map(path => file.shape(path) ?? []),
    numbers: index => file.numbers(paths[index]!),
  }
}

function noNumbers(): never {
  throw new HeddleError('it has no weights.')
}
