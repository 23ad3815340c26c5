import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { HeddleError, UsageError, within } from '../../base/errors.ts'
import { kindOf } from '../../base/files.ts'
import { show, text } from '../../base/schema.ts'
import { systemFailure } from '../../base/system-errors.ts'
import { pixelRangeField } from '../../data/pixels.ts'
import type { Golden } from '../../model/files/model-format.ts'
import { readModel } from '../../model/files/model-formats.ts'
import { parseNames } from '../../model/files/weights/names.ts'
import { readWeights } from '../../model/files/weights/read-weights.ts'
import { parseModel } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { goldenDifference } from '../../network/golden.ts'
import { Network } from '../../network/network.ts'
import { saveModel } from '../../network/saved-model.ts'
import { argument, command, listOf, option } from '../command.ts'
import { differenceText } from '../difference-text.ts'
import { fatesText } from '../layer-fates.ts'
import { chooseEngine, engineOptions } from '../options.ts'
import { outputFile } from '../output-paths.ts'
import type { Terminal } from '../terminal.ts'
import { writtenValue } from '../written-value.ts'

export default command({
  summary:
    'take over a model of Keras (.keras, .h5), ONNX or TensorFlow.js, or weights of PyTorch, and print what became of every layer',
  args: {
    file: argument(
      'a .keras, .h5, .onnx or .safetensors file, or the folder of a TensorFlow.js model; its code is never run',
    ),
  },
  options: {
    classes: option(listOf(text()), 'the names of its outputs, in their order: cat,dog'),
    to: option(outputFile, {
      value: 'file',
      help: 'the model of Heddle to write (default: the name of the file, with .safetensors)',
    }),
    into: option(text(), {
      value: 'model',
      help: 'for a file that has only weights: the model they belong to, as a .ts file that exports it or a .json file',
    }),
    names: option(text(), {
      value: 'file',
      help: 'with --into: a JSON map from layers to names in the file (default: by name, or by order)',
    }),
    pixelRange: option(pixelRangeField, {
      help: 'with --into: what pixels are to the model, 0 to 1 (unit) or 0 to 255 (raw)',
      otherwise: 'unit',
    }),
    ...engineOptions,
  },
  examples: [
    ['heddle import flowers.keras --classes daisy,rose,tulip', 'writes flowers.safetensors'],
    ['heddle predict flowers.safetensors photo.jpg', 'and it is a model like any other'],
    [
      'heddle import lite0.safetensors --into lite0.ts',
      'weights of PyTorch, for a model that lite0.ts exports',
    ],
  ],
  async run({ file: given, classes, to, into, names, pixelRange, ...engine }, { terminal }) {
    if (into === undefined && (names !== undefined || pixelRange !== undefined))
      throw new UsageError('--names and --pixel-range belong to --into model, which you did not give.')
    const out = to ?? `${basename(given, extname(given))}${into === undefined ? '' : '-heddle'}.safetensors`
    if (to === undefined && kindOf(out) !== 'absent')
      throw new UsageError(`${out} is there already. Name another file with --to.`)
    // A model of TensorFlow.js is a folder.
    const file = kindOf(given) === 'folder' ? join(given, 'model.json') : given
    if (kindOf(file) !== 'file') throw new UsageError(`There is no file ${file}.`)
    const beside = (name: string): Promise<Uint8Array> => contentOf(neighbour(file, name))
    const bytes = await contentOf(file)
    const options = { name: file, classNames: classes, beside }
    const read =
      into === undefined
        ? await readModel(bytes, options)
        : await readWeights(bytes, {
            ...options,
            ...(await askedModel(into, names)),
            pixelRange: pixelRange ?? 'unit',
          })
    const network = new Network(read.model, read.weights, chooseEngine(engine, terminal), read)
    terminal.print(fatesText(read.layers, terminal.columns))
    for (const remark of read.remarks) terminal.notice(remark)
    if (read.golden) await checkGolden(network, read.golden, { file, terminal })
    await saveModel(network, out)
    terminal.print(`\n${read.model.parameterCount} parameters, ${read.classNames.length} classes, in ${out}`)
  },
})

/** A file never leads out of its folder. */
function neighbour(file: string, name: string): string {
  if (name !== '.' && name !== '..' && basename(name) === name && !name.includes('\\'))
    return join(dirname(file), name)
  throw new UsageError(`${file} names the file ${show(name)}; only files of the same folder are read.`)
}

async function contentOf(path: string): Promise<Uint8Array> {
  return await readFile(path).catch(error => {
    throw systemFailure(`${path} cannot be read`, error)
  })
}

/** Throws a `HeddleError` if the model does not answer as its file says. */
async function checkGolden(
  network: Network,
  golden: Golden,
  { file, terminal }: { readonly file: string; readonly terminal: Terminal },
): Promise<void> {
  const difference = await goldenDifference(network, golden)
  if (!difference?.isClose) {
    const how = difference ? `: ${differenceText(difference)}` : ' for examples of another size'
    throw new HeddleError(
      `${file}: the model gives other outputs than the file says${how}. The file was changed after it was written; nothing is saved.`,
    )
  }
  terminal.print(`\nChecked with the examples in the file: ${differenceText(difference)}`)
}

/** The model of `--into`, and the map of `--names`. */
async function askedModel(into: string, names: string | undefined) {
  const read = async (path: string) => {
    if (kindOf(path) !== 'file') throw new UsageError(`There is no file ${path}.`)
    return writtenValue(resolve(path), process.cwd())
  }
  const { value, name } = await read(into)
  const model = within(name, () => buildModel(parseModel(value, 'its model')))
  if (names === undefined) return { model, names: null }
  const map = await read(names)
  if (!map.isJson) throw new UsageError(`--names ${names}: the map of names is a .json file.`)
  return { model, names: within(map.name, () => parseNames(map.value)) }
}
