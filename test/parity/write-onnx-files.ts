// Writes the 22 models of the reports, and random ones with every layer, as ONNX, with the input in both layouts:
//
//     npx jiti test/parity/write-onnx-files.ts FOLDER [COUNT]
//     python test/parity/run-onnx-files.py FOLDER
//
// The second has ONNX Runtime run them, and prints how far its outputs are from those that travel in the files.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelFormats } from '../../src/model/files/model-formats.ts'
import { goldenOf } from '../../src/network/golden.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import { fileNameOf } from '../support/every-layer.ts'
import { networksToWrite } from '../support/networks-to-write.ts'
import { hashOfGraph } from '../support/onnx-graph.ts'

const [folder, count = '1'] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
mkdirSync(folder, { recursive: true })
const networks = await networksToWrite(Number(count))
const graphs: Record<string, string> = {}
for (const named of networks) {
  const { network } = named
  const golden = await goldenOf(network)
  for (const layout of ['nhwc', 'nchw'] as const) {
    const { pieces } = await modelFormats.onnx.write(modelFileOf(network), golden, { layout })
    const file = `${fileNameOf(named)}-${layout}.onnx`
    const bytes = Buffer.concat(pieces)
    writeFileSync(join(folder, file), bytes)
    graphs[file] = hashOfGraph(bytes)
  }
}
writeFileSync(join(folder, 'graphs.json'), `${JSON.stringify(graphs, null, 1)}\n`)
process.stdout.write(`${networks.length} models in ${folder}\n`)
