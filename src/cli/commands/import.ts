import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { kindOf } from '../../base/files.ts'
import { show, text } from '../../base/schema.ts'
import { systemFailure } from '../../base/system-errors.ts'
import type { Golden } from '../../model/files/model-format.ts'
import { readModel } from '../../model/files/model-formats.ts'
import { goldenDifference } from '../../network/golden.ts'
import { Network } from '../../network/network.ts'
import { saveModel } from '../../network/saved-model.ts'
import { argument, command, listOf, option } from '../command.ts'
import { differenceText } from '../difference-text.ts'
import { fatesText } from '../layer-fates.ts'
import { chooseEngine, engineOptions } from '../options.ts'
import { outputFile } from '../output-paths.ts'
import type { Terminal } from '../terminal.ts'

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
    const beside = (name: string): Promise<Uint8Array> => contentOf(neighbour(file, name))
    const read = await readModel(await contentOf(file), { name: file, classNames: classes, beside })
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

/** Throws a `HeddleError` where the model does not answer as its file says. */
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
