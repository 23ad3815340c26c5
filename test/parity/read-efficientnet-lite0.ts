// Takes ImageNet's weights into Heddle's own EfficientNet-Lite0, and compares what both say of two photographs:
//
//     python test/parity/write-efficientnet-lite0.py FOLDER
//     npx jiti test/parity/read-efficientnet-lite0.ts FOLDER

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { efficientNetLite } from '../../src/model/efficient-net-lite.ts'
import { readWeights } from '../../src/model/files/weights/read-weights.ts'
import { buildModel } from '../../src/model/model.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'
import { saveModel } from '../../src/network/saved-model.ts'

interface Answers {
  readonly torch: string
  readonly answers: readonly {
    readonly name: string
    readonly pixels: readonly number[]
    readonly probabilities: readonly number[]
  }[]
}

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('Name a folder.')
const name = join(folder, 'lite0-weights.safetensors')
const model = buildModel(efficientNetLite({ variant: 0 }))
const read = await readWeights(readFileSync(name), { name, model, names: null, pixelRange: 'unit' })
for (const remark of read.remarks) process.stdout.write(`${remark}\n`)
const { torch, answers }: Answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))

const top = (values: ArrayLike<number>): string =>
  Array.from(values, (value, i) => [value, i] as const)
    .sort(([a], [b]) => b - a)
    .slice(0, 5)
    .map(([value, i]) => `${i} (${value.toFixed(4)})`)
    .join(', ')

let failed = false
for (const backend of [chooseBackend('auto'), chooseBackend('wasm')]) {
  const network = new Network(read.model, read.weights, backend, read)
  for (const { name, pixels, probabilities } of answers) {
    const outputs = await outputsOf(network, Uint8Array.from(pixels), { pixelRange: 'unit' })
    const difference = probabilities.reduce((most, p, i) => Math.max(most, Math.abs(p - outputs[i]!)), 0)
    process.stdout.write(`${name}\n  PyTorch ${torch}: ${top(probabilities)}\n`)
    process.stdout.write(
      `  Heddle, ${backend.name}: ${top(outputs)}\n  largest difference ${difference.toPrecision(2)}\n`,
    )
    failed ||= !(difference < 1e-4)
  }
  await saveModel(network, join(folder, 'efficientnet-lite0.safetensors'))
}
process.exit(failed ? 1 : 0)
