// Writes the 22 models of the reports, and random ones with every layer, as layers models of TensorFlow.js, each in a folder of its own:
//
//     npx jiti test/parity/write-tfjs-files.ts FOLDER [COUNT]
//     node test/parity/run-tfjs-files.mjs FOLDER TFJS
//
// The second has TensorFlow.js load them (TFJS: a folder where npm installed @tensorflow/tfjs), and prints how far its outputs are from
// those that travel in the files.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HeddleError } from '../../src/base/errors.ts'
import { tfjsFormat } from '../../src/model/files/tfjs/tfjs-format.ts'
import { goldenOf } from '../../src/network/golden.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import { fileNameOf } from '../support/every-layer.ts'
import { networksToWrite } from '../support/networks-to-write.ts'

const [folder, count = '3'] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
const networks = await networksToWrite(Number(count))
const refusals = new Map<string, number>()
for (const named of networks) {
  const { network } = named
  try {
    const { pieces, beside } = await tfjsFormat.write(modelFileOf(network), await goldenOf(network))
    const own = join(folder, fileNameOf(named))
    mkdirSync(own, { recursive: true })
    for (const [file, bytes] of [['model.json', pieces] as const, ...(beside ?? [])])
      writeFileSync(join(own, file), Buffer.concat(bytes))
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const why = error.message.replace(/^layer "[^"]*": /, '')
    refusals.set(why, (refusals.get(why) ?? 0) + 1)
  }
}
const refused = [...refusals.values()].reduce((a, b) => a + b, 0)
process.stdout.write(`${networks.length - refused} models of ${networks.length} in ${folder}\n`)
for (const [why, times] of refusals) process.stdout.write(`  ${times} refused: ${why}\n`)
