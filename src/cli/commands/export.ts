import { dirname, join } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { oneOf, text } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import type { Golden, ModelFormat, WriteOptions } from '../../model/files/model-format.ts'
import { modelFormats } from '../../model/files/model-formats.ts'
import { goldenOf } from '../../network/golden.ts'
import { modelFileOf } from '../../network/saved-model.ts'
import { webPage } from '../../network/web-page.ts'
import { command, on, option } from '../command.ts'
import { type ModelWithImages, modelWithImages } from '../golden-inputs.ts'
import { fatesText } from '../layer-fates.ts'
import { chooseEngine, engineOptions, modelArgument, storedDataOptions } from '../options.ts'
import { outputFile, outputFolder } from '../output-paths.ts'
import type { Terminal } from '../terminal.ts'
import { verify } from '../verify/verify.ts'

const kinds = [...(Object.keys(modelFormats) as (keyof typeof modelFormats)[]), 'web'] as const

export default command({
  summary:
    'write a model for Keras (.keras, .h5), ONNX, TensorFlow.js or as a web page, and print what became of every layer',
  args: { model: modelArgument },
  options: {
    to: option(oneOf(kinds, 'keras'), { help: 'the kind of file; web: a page', fallback: 'keras' }),
    layout: option(oneOf(['nhwc', 'nchw']), {
      help: 'the axes of the pictures that enter an ONNX model: nhwc (default), or nchw as PyTorch has them',
    }),
    out: option(text(), {
      value: 'path',
      help: 'the file (default: model, with the ending of its kind), or the folder (web: model-page, tfjs: model-tfjs)',
    }),
    examples: option(oneOf(['data', 'noise'], 'data'), {
      help: "the 16 examples in the file: pictures of the run's data, or noise where those are private",
      fallback: 'data',
    }),
    verify: on('have another program that is installed run the file on its examples, and compare'),
    ...engineOptions,
    ...storedDataOptions,
  },
  examples: [
    ['heddle export last --to keras', 'writes model.keras: keras.models.load_model("model.keras")'],
    ['heddle export last --to onnx --layout nchw', 'writes model.onnx for runtimes that read channels first'],
    ['heddle export standard-1.safetensors --to h5 --out standard.h5', 'the older format, for Keras 2 and 3'],
    [
      'heddle export last --to onnx --verify',
      'also has ONNX Runtime run it, and prints the largest difference',
    ],
    ['heddle export last --to tfjs', 'writes model-tfjs/model.json and weights: tf.loadLayersModel(…)'],
    ['heddle export last --to web --out page', 'page/index.html classifies pictures, also without a network'],
  ],
  notes:
    'The file also has the names of the classes, how pictures are prepared, and 16 examples with what the model answers, where its own ' +
    "program does not look. They are pictures of the run's validation or test data; noise, for a model file or with --examples noise.",
  async run(
    { model: wanted, to, layout, out, examples, verify: isVerified, dataDir, ...engine },
    { terminal },
  ) {
    const format: ModelFormat | null = to === 'web' ? null : modelFormats[to]
    if (layout !== undefined && !format?.takesLayout)
      throw new UsageError(`A file for ${to} has its channels last. Leave out --layout, or write --to onnx.`)
    const path = pathOf(format, to, out)
    const backend = chooseEngine(engine, terminal)
    const model = await modelWithImages(wanted, { backend, terminal, dataDir, examples })
    const golden = await goldenOf(model.network, model.images)
    const place = { model, golden, path, terminal }
    const files = format ? await writeFile(format, { layout }, place) : await writePage(place)
    const { network, images } = model
    terminal.print(
      `\n${network.model.parameterCount} parameters in ${files.join(' and ')}, ` +
        `with ${plural(golden.outputs.length / network.classNames.length, 'example')} of ${images ? 'its data' : 'noise'}`,
    )
    // A page brings its own engine: nothing needs to be installed.
    if (isVerified || to === 'web') await verify({ kind: to, path, network, golden, terminal })
  },
})

/** The file or folder that the model goes to. */
function pathOf(format: ModelFormat | null, kind: string, out: string | undefined): string {
  if (!format) return outputFolder.parse(out ?? 'model-page', '--out')
  const name = `model.${format.ending}`
  return format.hasFolder
    ? join(outputFolder.parse(out ?? `model-${kind}`, '--out'), name)
    : outputFile.parse(out ?? name, '--out')
}

interface Place {
  readonly model: ModelWithImages
  readonly golden: Golden
  readonly path: string
  readonly terminal: Terminal
}

/** Prints what became of every layer, and returns what was written. */
async function writeFile(
  format: ModelFormat,
  options: WriteOptions,
  { model, golden, path, terminal }: Place,
): Promise<readonly string[]> {
  const {
    pieces,
    beside = new Map(),
    layers,
  } = await format.write(modelFileOf(model.network), golden, options)
  for (const [name, bytes] of beside) await replaceFile(join(dirname(path), name), bytes)
  await replaceFile(path, pieces)
  terminal.print(fatesText(layers, terminal.columns))
  return [path, ...beside.keys()]
}

async function writePage({ model, golden, path }: Place): Promise<readonly string[]> {
  const { network, title, images } = model
  const files = await webPage(network, { title, golden, hasPictures: images !== undefined })
  for (const [name, pieces] of files) await replaceFile(join(path, name), pieces)
  return [join(path, 'index.html'), ...[...files.keys()].slice(1)]
}
