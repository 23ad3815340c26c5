// Writes the 22 models of the reports, and random ones with every layer, as ONNX, with the input in both layouts:
//
//     npx jiti test/parity/write-onnx-files.ts FOLDER [COUNT]
//     python test/parity/run-onnx-files.py FOLDER
//
// The second has ONNX Runtime run them, and prints how far its outputs are from those that travel in the files.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findSubjects } from '../../src/cli/bench/subjects.ts'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { modelFormats } from '../../src/model/files/model-formats.ts'
import { goldenOf } from '../../src/network/golden.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
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
for (const { name, network } of networks) {
  const golden = await goldenOf(network)
  for (const layout of ['nhwc', 'nchw'] as const) {
    const { pieces } = await modelFormats.onnx.write(modelFileOf(network), golden, { layout })
    writeFileSync(join(folder, `${name.replace(/\W+/g, '-')}-${layout}.onnx`), Buffer.concat(pieces))
  }
}
process.stdout.write(`${networks.length} models in ${folder}\n`)
