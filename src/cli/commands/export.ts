import { dirname, join } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { oneOf } from '../../base/schema.ts'
import { plural } from '../../base/text.ts'
import type { ModelFormat } from '../../model/files/model-format.ts'
import { modelFormats } from '../../model/files/model-formats.ts'
import { goldenOf } from '../../network/golden.ts'
import { modelFileOf } from '../../network/saved-model.ts'
import { namedModel } from '../asked-images.ts'
import { command, option } from '../command.ts'
import { modelWithImages } from '../golden-inputs.ts'
import { fatesText } from '../layer-fates.ts'
import { chooseEngine, engineOptions, modelArgument, storedDataOptions } from '../options.ts'
import { outputFile } from '../output-paths.ts'

type FormatName = keyof typeof modelFormats

export default command({
  summary: 'write a model for Keras (.keras, .h5) or ONNX, and print what became of every layer',
  args: { model: modelArgument },
  options: {
    to: option(oneOf(Object.keys(modelFormats) as FormatName[], 'keras'), {
      help: 'the kind of file',
      fallback: 'keras',
    }),
    layout: option(oneOf(['nhwc', 'nchw']), {
      help: 'the axes of the pictures that enter an ONNX model: nhwc (default), or nchw as PyTorch has them',
    }),
    out: option(outputFile, { value: 'file', help: 'where (default: model, with the ending of its kind)' }),
    examples: option(oneOf(['data', 'noise'], 'data'), {
      help: "the 16 examples in the file: pictures of the run's data, or noise where those are private",
      fallback: 'data',
    }),
    ...engineOptions,
    ...storedDataOptions,
  },
  examples: [
    ['heddle export last --to keras', 'writes model.keras: keras.models.load_model("model.keras")'],
    ['heddle export last --to onnx --layout nchw', 'writes model.onnx for runtimes that read channels first'],
    ['heddle export standard-1.safetensors --to h5 --out standard.h5', 'the older format, for Keras 3'],
  ],
  notes:
    'The file also has the names of the classes, how pictures are prepared, and 16 examples with what the model answers, where its own ' +
    "program does not look. They are pictures of the run's validation or test data; noise, for a model file or with --examples noise.",
  async run({ model, to, layout, out, examples, dataDir, ...engine }, { terminal }) {
    const format: ModelFormat = modelFormats[to]
    if (layout !== undefined && !format.takesLayout)
      throw new UsageError(`A file for ${to} has its channels last. Leave out --layout, or write --to onnx.`)
    const backend = chooseEngine(engine, terminal)
    const { network, images } =
      examples === 'data'
        ? await modelWithImages(model, { backend, terminal, dataDir })
        : { network: await namedModel(model, backend), images: undefined }
    const golden = await goldenOf(network, images)
    const {
      pieces,
      beside = new Map(),
      layers,
    } = await format.write(modelFileOf(network), golden, { layout })
    const path = out ?? `model.${format.ending}`
    for (const [name, bytes] of beside) await replaceFile(join(dirname(path), name), bytes)
    await replaceFile(path, pieces)
    terminal.print(fatesText(layers, terminal.columns))
    terminal.print(
      `\n${network.model.parameterCount} parameters in ${[path, ...beside.keys()].join(' and ')}, ` +
        `with ${plural(golden.outputs.length / network.classNames.length, 'example')} of ${images ? 'its data' : 'noise'}`,
    )
  },
})
