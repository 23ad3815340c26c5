// Writes the 22 models of the reports, and random ones with every layer, as files of Keras:
//
//     npx jiti test/parity/write-keras-files.ts FOLDER [COUNT]
//     python test/parity/read-keras-files.py FOLDER
//
// The second has Keras itself load them, and prints how far its outputs are from those that travel in the files.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findSubjects } from '../../src/cli/bench/subjects.ts'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { modelFormats } from '../../src/model/files/model-formats.ts'
import { goldenOf } from '../../src/network/golden.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import { definitionOf } from '../../src/nn/layers/index.ts'
import { everyLayer, shakenNetwork } from '../support/every-layer.ts'

const [folder, count = '3'] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
mkdirSync(folder, { recursive: true })
const backend = chooseBackend('auto')
const subjects = await findSubjects(['reports'], {
  cwd: process.cwd(),
  onNotice: text => process.stderr.write(`${text}\n`),
})
const networks = [
  ...subjects.map(({ name, spec }) => ({ name, network: shakenNetwork(spec, [28, 28, 1], backend) })),
  ...everyLayer({ count: Number(count), seed: 21 }, backend),
]
const isPossible = ({ network }: (typeof networks)[number]): boolean =>
  network.model.layers.every(({ layer }) => definitionOf(layer).keras?.refused?.(layer) == null)
for (const { name, network } of networks.filter(isPossible)) {
  const golden = await goldenOf(network)
  for (const { ending, write } of [modelFormats.keras, modelFormats.h5]) {
    const { pieces } = await write(modelFileOf(network), golden)
    writeFileSync(join(folder, `${name.replace(/\W+/g, '-')}.${ending}`), Buffer.concat(pieces))
  }
}
process.stdout.write(`${networks.filter(isPossible).length} models of ${networks.length} in ${folder}\n`)
