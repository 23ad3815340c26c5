import { replaceFile } from '../../base/files.ts'
import { oneOf } from '../../base/schema.ts'
import { modelFormats } from '../../model/files/model-formats.ts'
import { goldenOf } from '../../network/golden.ts'
import { modelFileOf } from '../../network/saved-model.ts'
import { namedModel } from '../asked-images.ts'
import { command, option } from '../command.ts'
import { fatesText } from '../layer-fates.ts'
import { chooseEngine, engineOptions, modelArgument } from '../options.ts'
import { outputFile } from '../output-paths.ts'

type FormatName = keyof typeof modelFormats

export default command({
  summary: 'write a model for Keras (.keras, .h5), and print what became of every layer',
  args: { model: modelArgument },
  options: {
    to: option(oneOf(Object.keys(modelFormats) as FormatName[], 'keras'), {
      help: 'the kind of file',
      fallback: 'keras',
    }),
    out: option(outputFile, { value: 'file', help: 'where (default: model, with the ending of its kind)' }),
    ...engineOptions,
  },
  examples: [
    ['heddle export last --to keras', 'writes model.keras: keras.models.load_model("model.keras")'],
    ['heddle export standard-1.safetensors --to h5 --out standard.h5', 'the older format, for Keras 3'],
  ],
  notes:
    'The file also has the names of the classes, how pictures are prepared, and 16 inputs with their outputs (in metadata.json, or the attribute "heddle").',
  async run({ model, to, out, ...engine }, { terminal }) {
    const network = await namedModel(model, chooseEngine(engine, terminal))
    const format = modelFormats[to]
    const { pieces, layers } = await format.write(modelFileOf(network), await goldenOf(network))
    const path = out ?? `model.${format.ending}`
    await replaceFile(path, pieces)
    terminal.print(fatesText(layers, terminal.columns))
    terminal.print(`\n${network.model.parameterCount} parameters in ${path}`)
  },
})
