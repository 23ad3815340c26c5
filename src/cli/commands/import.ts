import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { kindOf } from '../../base/files.ts'
import { text } from '../../base/schema.ts'
import { systemFailure } from '../../base/system-errors.ts'
import { readModel } from '../../model/files/model-formats.ts'
import { goldenDifference } from '../../network/golden.ts'
import { Network } from '../../network/network.ts'
import { saveModel } from '../../network/saved-model.ts'
import { argument, command, listOf, option } from '../command.ts'
import { fatesText } from '../layer-fates.ts'
import { chooseEngine, engineOptions } from '../options.ts'
import { outputFile } from '../output-paths.ts'

/** Sums in another order differ by less. */
const CLOSE = 1e-4

export default command({
  summary: 'take a model of Keras (.keras, .h5) over, and print what became of every layer',
  args: { file: argument('a .keras, .h5 or .safetensors file; its code is never run') },
  options: {
    classes: option(listOf(text()), 'the names of its outputs, in their order: cat,dog'),
    to: option(outputFile, {
      value: 'file',
      help: 'the model of Heddle to write (default: the name of the file, with .safetensors)',
    }),
    ...engineOptions,
  },
  examples: [
    ['heddle import flowers.keras --classes daisy,rose,tulip', 'writes flowers.safetensors'],
    ['heddle predict flowers.safetensors photo.jpg', 'and it is a model like any other'],
  ],
  async run({ file, classes, to, ...engine }, { terminal }) {
    const out = to ?? `${basename(file, extname(file))}.safetensors`
    if (to === undefined && kindOf(out) !== 'absent')
      throw new UsageError(`${out} is there already. Name another file with --to.`)
    if (kindOf(file) !== 'file') throw new UsageError(`There is no file ${file}.`)
    const bytes = await readFile(file).catch(error => {
      throw systemFailure(`${file} cannot be read`, error)
    })
    const read = await readModel(bytes, { name: file, classNames: classes })
    const network = new Network(read.model, read.weights, chooseEngine(engine, terminal), read)
    terminal.print(fatesText(read.layers, terminal.columns))
    for (const remark of read.remarks) terminal.notice(remark)
    const difference = read.golden && (await goldenDifference(network, read.golden))
    if (difference !== null && !(difference < CLOSE)) {
      throw new HeddleError(
        `${file}: the model gives other outputs than the file says, by up to ${difference}. The file was changed after it was written; nothing is saved.`,
      )
    }
    if (difference !== null)
      terminal.print(`\nLargest difference to the outputs in the file: ${difference.toPrecision(2)}`)
    await saveModel(network, out)
    terminal.print(`\n${read.model.parameterCount} parameters, ${read.classNames.length} classes, in ${out}`)
  },
})
