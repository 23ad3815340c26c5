// Writes the 22 models of the reports, and random ones with every layer, as files of Keras:
//
//     npx jiti test/parity/write-keras-files.ts FOLDER [COUNT]
//     python test/parity/read-keras-files.py FOLDER
//
// The second has Keras itself load them, and prints how far its outputs are from those that travel in the files.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelFormats } from '../../src/model/files/model-formats.ts'
import { goldenOf } from '../../src/network/golden.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import { definitionOf } from '../../src/nn/layers/index.ts'
import { fileNameOf, type NamedNetwork } from '../support/every-layer.ts'
import { networksToWrite } from '../support/networks-to-write.ts'

const [folder, count = '3'] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
mkdirSync(folder, { recursive: true })
const networks = await networksToWrite(Number(count))
const isPossible = ({ network }: NamedNetwork): boolean =>
  network.model.layers.every(({ layer }) => definitionOf(layer).keras?.refused?.(layer) == null)
const possible = networks.filter(isPossible)
for (const named of possible) {
  const { network } = named
  const golden = await goldenOf(network)
  for (const { ending, write } of [modelFormats.keras, modelFormats.h5]) {
    const { pieces } = await write(modelFileOf(network), golden)
    writeFileSync(join(folder, `${fileNameOf(named)}.${ending}`), Buffer.concat(pieces))
  }
}
process.stdout.write(`${possible.length} models of ${networks.length} in ${folder}\n`)
